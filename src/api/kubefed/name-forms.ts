/**
 * Forms of names in KubeFed's kinds: those of Kubernetes, and names that become DNS names.
 *
 * Source: RFC 1035 section 2.3.4 (label 63, name 255 octets: 253 characters as text), RFC 1123
 * section 2.1; Kubernetes "Object Names and IDs", "Labels and Selectors". Our choice: a DNS name may
 * hold `_` and capitals, which DNS takes and KubeFed took.
 */

/** As text, without a last dot. */
const DOMAIN_NAME_LENGTH_MAX = 253;
const LABEL_NAME_LENGTH_MAX = 63;

const DNS_1035_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_1123_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DOMAIN_LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

export function isDns1035Label(text: string): boolean {
  return DNS_1035_LABEL.test(text);
}

/** The name of a namespace is one. */
export function isDns1123Label(text: string): boolean {
  return DNS_1123_LABEL.test(text);
}

/** Of Kubernetes: lower case; its labels may be longer than 63. */
export function isSubdomain(text: string): boolean {
  return (
    text.length <= 253 &&
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text)
  );
}

/** A name of an object every label of which is a DNS label too. */
export function isDnsObjectName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => DNS_1123_LABEL.test(label));
}

/** `example.com`, `example.com.`. */
export function isDomainName(text: string): boolean {
  const name = text.replace(/\.$/, '');
  return name.length <= DOMAIN_NAME_LENGTH_MAX && name.split('.').every(isDomainLabel);
}

/** `www.example.com`, `*.example.com`. */
export function isHostName(text: string): boolean {
  return text.length <= DOMAIN_NAME_LENGTH_MAX + 1 && isDomainName(text.replace(/^\*\./, ''));
}

/** What stands before other labels: `www`, `a.b`, `*`; no dot at its end. */
export function isNamePrefix(text: string): boolean {
  return text === '*' || (isHostName(text) && !text.endsWith('.'));
}

function isDomainLabel(text: string): boolean {
  return DOMAIN_LABEL.test(text);
}

/** `name`, `example.com/name`. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf('/');
  const hasPrefix = slash >= 0;
  return (
    (!hasPrefix || isSubdomain(text.slice(0, slash))) && isQualifiedName(text.slice(slash + 1))
  );
}

export function isLabelValue(text: string): boolean {
  return text === '' || isQualifiedName(text);
}

function isQualifiedName(text: string): boolean {
  return text.length <= LABEL_NAME_LENGTH_MAX && QUALIFIED_NAME.test(text);
}

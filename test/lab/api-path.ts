/** What a path of the Kubernetes API names: a collection, an object of it, a part of that. */

export interface ApiPath {
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** `/api/v1/namespaces/shop/configmaps`; of what is no resource: the path. */
  readonly collection: string;
  readonly plural: string;
  /** Of an object: from the path, or where it is made from what is sent. */
  readonly objectName: string;
  /** The path names it. */
  readonly isObject: boolean;
  /** `status` and the like; else empty. */
  readonly part: string;
}

/** `body`: of a request that makes an object. */
export function readApiPath(url: string, body: Buffer): ApiPath {
  const { pathname: path, searchParams: query } = new URL(url, 'https://localhost');
  const segments = path.split('/').slice(1);
  const rootLength = segments[0] === 'api' ? 2 : segments[0] === 'apis' ? 3 : segments.length;
  const root = segments.slice(0, rootLength);
  const rest = segments.slice(rootLength);
  const isWithin = rest[0] === 'namespaces' && rest.length > 2;
  const within = isWithin ? rest.slice(0, 2) : [];
  const [plural = '', named, part = ''] = isWithin ? rest.slice(2) : rest;
  const collection = `/${[...root, ...within, ...(plural === '' ? [] : [plural])].join('/')}`;
  const objectName = named ?? nameIn(body);
  return { path, query, collection, plural, objectName, isObject: named !== undefined, part };
}

function nameIn(body: Buffer): string {
  if (body.length === 0) return '';
  try {
    return JSON.parse(body.toString('utf8')).metadata?.name ?? '';
  } catch {
    return '';
  }
}

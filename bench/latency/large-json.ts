/** JSON of 40 MB, as a long list from an API server would be; the product's test hook has the like. */

const OCTETS = 40_000_000;

export function largeJson(): string {
  const item = '{"name":"service-1","addresses":["192.0.2.1","192.0.2.2"],"ready":true},';
  return `[${item.repeat(Math.floor(OCTETS / item.length))}{}]`;
}

/**
 * Authorization by a kubeconfig's `auth-provider` (oidc, and what clouds had before exec), as
 * client-node knows them. The only file that loads client-node, which costs 850 ms and 89 MB: so
 * tokens, certificates and programs are read without it.
 */

/** Keeps client-node's KubeConfig, and with it what it caches. Gives the Authorization header. */
export async function providerAuthorization(
  authProvider: unknown,
): Promise<() => Promise<string | undefined>> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromOptions({
    // Only the user counts: nothing is asked of this server.
    clusters: [{ name: 'it', server: 'https://cluster.invalid', skipTLSVerify: false }],
    users: [{ name: 'it', authProvider }],
    contexts: [{ name: 'it', cluster: 'it', user: 'it' }],
    currentContext: 'it',
  });
  return async () => {
    const options: { headers?: Record<string, string> } = {};
    await config.applyToHTTPSOptions(options);
    return options.headers?.['Authorization'];
  };
}

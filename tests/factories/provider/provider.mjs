// A real provider of identities for the tests: oidc-provider as its authors publish it, with people, a client and keys that the test gives.
import { Provider } from 'oidc-provider';

const given = JSON.parse(process.argv[2]);
const provider = new Provider(given.issuer, {
  clients: [{ client_id: 'jinshui', client_secret: given.secret, redirect_uris: given.redirect_uris, id_token_signed_response_alg: given.alg, ...given.client }],
  jwks: { keys: given.keys },
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['name', 'employee_number'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: given.claims_apart,
  cookies: { keys: ['of the tests'] },
  features: { devInteractions: { enabled: true } },
  ttl: { IdToken: given.id_token_s, AuthorizationCode: 60, AccessToken: 60, Session: 600, Interaction: 600, Grant: 600 },
  findAccount: (_ctx, sub) => given.people[sub] && { accountId: sub, claims: () => ({ sub, ...given.people[sub] }) },
});
const server = provider.listen(given.port, '127.0.0.1', () => process.stdout.write('ready\n'));
process.stdin.on('end', () => server.close(() => process.exit(0))).resume(); // ends with the test that started it

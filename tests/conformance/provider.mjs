// A certified OpenID provider for the tests: signs in whoever is typed in, at the port it is given.
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const [port, console_, secret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "chargehand",
      client_secret: secret,
      redirect_uris: [`${console_}/login/callback`],
      post_logout_redirect_uris: [`${console_}/login`],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username"] },
  cookies: { keys: ["for tests only"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@plant.example`,
      email_verified: !id.startsWith("unverified"),
      preferred_username: `plant/${id}`,
    }),
  }),
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
  pkce: { required: () => true },
});
provider.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));

// Veramo's agent, which verifies JWTs of VC Data Model 1.1.
import {createAgent} from '@veramo/core';
import {CredentialPlugin} from '@veramo/credential-w3c';
import {CredentialProviderJWT} from '@veramo/credential-jwt';
import {DIDResolverPlugin} from '@veramo/did-resolver';
import {handles, resolver} from './didjwt.mjs';

export const name = 'veramo';

const agent = createAgent({plugins: [
  new DIDResolverPlugin({resolver: {resolve: resolver.resolve}}), new CredentialPlugin([new CredentialProviderJWT()]),
]});

export async function verify(e) {
  if(!handles(e)) {
    return undefined;
  }
  const {verified, error} = await agent.verifyCredential({credential: e.body});
  if(!verified) {
    throw new Error(error?.message ?? 'not verified');
  }
  return true;
}

// What it issues is did-jwt-vc's.
export const issue = async () => [];

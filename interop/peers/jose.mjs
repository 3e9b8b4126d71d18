// panva's jose: JWS and JWT, which knows nothing of credentials.
import {SignJWT, importJWK, jwtVerify} from 'jose';
import {CHALLENGE, DOMAIN, FROM, PAST, UNTIL, alterToken, credentialV1, credentialV2, newKey, seconds} from './keys.mjs';

export const name = 'jose';

export async function verify(e) {
  const typ = {'vc+jwt': 'vc+jwt', 'vp+jwt': 'vp+jwt', 'vc-jwt-1.1': 'JWT'}[e.format];
  if(!typ || !e.jwk) {
    return undefined;
  }
  const alg = {Ed25519: 'EdDSA', 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512'}[e.key];
  const key = await importJWK(e.jwk, alg);
  const {payload} = await jwtVerify(e.body, key, {
    typ, algorithms: [alg], ...(e.kind === 'presentation' && {audience: e.domain}),
    ...(e.format === 'vc-jwt-1.1' && {issuer: e.issuer}),
  });
  // What a JWT library leaves to its caller.
  return (e.kind !== 'presentation' || payload.nonce === e.challenge) &&
    (!payload.validUntil || Date.parse(payload.validUntil) > Date.now());
}

export async function issue() {
  const out = [];
  for(const type of ['Ed25519', 'P-256', 'P-384', 'P-521']) {
    const key = await newKey(type);
    const secret = await importJWK(key.jwk, key.alg);
    const sign = (typ, payload) => new SignJWT(payload).setProtectedHeader({alg: key.alg, typ, kid: key.id}).sign(secret);
    const base = {maker: name, kind: 'credential', key: type, issuer: key.did};
    const add = (e, altered, body) => out.push({...e, altered, body, name: `${e.kind} ${e.format} ${e.key} ${altered}`});
    const addAll = async (e, make) => {
      const good = await make(UNTIL);
      add(e, '', good);
      add(e, 'expired', await make(PAST));
      for(const [what, body] of Object.entries(alterToken(good))) {
        add(e, what, body);
      }
      return good;
    };
    const good = await addAll({...base, format: 'vc+jwt'}, until => sign('vc+jwt', {...credentialV2(key.did, until), iss: key.did}));
    await addAll({...base, format: 'vc-jwt-1.1'}, until => sign('JWT', {
      iss: key.did, sub: 'did:example:carol', jti: 'urn:uuid:1', nbf: seconds(FROM), exp: seconds(until), vc: credentialV1(key.did, until),
    }));
    const vp = {...base, kind: 'presentation', format: 'vp+jwt', challenge: CHALLENGE, domain: DOMAIN};
    const shown = await addAll(vp, until => sign('vp+jwt', {
      '@context': ['https://www.w3.org/ns/credentials/v2'], type: ['VerifiablePresentation'], holder: key.did,
      verifiableCredential: [{
        '@context': 'https://www.w3.org/ns/credentials/v2', type: 'EnvelopedVerifiableCredential', id: `data:application/vc+jwt,${good}`,
      }], aud: DOMAIN, nonce: CHALLENGE, exp: seconds(until),
    }));
    add({...vp, challenge: 'another'}, 'challenge', shown);
    add({...vp, domain: 'https://another.example.org'}, 'domain', shown);
  }
  return out;
}

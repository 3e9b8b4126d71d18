// Digital Bazaar's vc and its suites: Data Integrity and Ed25519Signature2020.
import * as vc from '@digitalbazaar/vc';
import * as bitstring from '@digitalbazaar/vc-bitstring-status-list';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as statusList2021 from '@digitalbazaar/vc-status-list';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {CHALLENGE, DOMAIN, FROM, PAST, UNTIL, alterDocument, credentialV1, credentialV2, loader, newKey} from './keys.mjs';

export const name = 'digitalbazaar';

const suites = {
  'eddsa-rdfc-2022': {keys: ['Ed25519'], sign: () => eddsaRdfc, verify: () => eddsaRdfc},
  'eddsa-jcs-2022': {keys: ['Ed25519'], sign: eddsaJcs.createSignCryptosuite, verify: eddsaJcs.createVerifyCryptosuite},
  'ecdsa-rdfc-2019': {keys: ['P-256', 'P-384'], sign: () => ecdsaRdfc, verify: () => ecdsaRdfc},
  'ecdsa-jcs-2019': {keys: ['P-256', 'P-384'], sign: ecdsaJcs.createSignCryptosuite, verify: ecdsaJcs.createVerifyCryptosuite},
  Ed25519Signature2020: {keys: ['Ed25519']},
};

// The libraries for status lists, and the suites that are used with them.
const statusFormats = {
  BitstringStatusList: {lib: bitstring, suite: 'eddsa-rdfc-2022'},
  StatusList2021: {lib: statusList2021, suite: 'Ed25519Signature2020'},
};

async function verifyStatus(e) {
  const {lib, suite} = statusFormats[e.format];
  const options = {documentLoader: loader(suite, e.lists), suite: verifyingSuite(suite)};
  const credential = JSON.parse(e.body);
  let checked;
  const result = await vc.verifyCredential({credential, ...options, checkStatus: async o => {
    return checked = await lib.checkStatus({...o, ...options});
  }});
  if(!result.verified) {
    throw new Error([result.error, ...(result.error?.errors ?? []), checked?.error].map(x => x?.message).join('; '));
  }
  // One of the libraries leaves it to the caller what a status means.
  return checked.results?.every(r => !r.status) ?? true;
}

const verifyingSuite = format => suites[format].verify ?
  new DataIntegrityProof({cryptosuite: suites[format].verify()}) : new Ed25519Signature2020();

export async function verify(e) {
  if(e.kind === 'status') {
    return verifyStatus(e);
  }
  const suite = suites[e.format];
  if(!suite) {
    return undefined;
  }
  const options = {
    documentLoader: loader(e.format),
    suite: verifyingSuite(e.format),
  };
  const document = JSON.parse(e.body);
  const result = e.kind === 'presentation' ?
    await vc.verify({presentation: document, challenge: e.challenge, domain: e.domain, ...options}) :
    await vc.verifyCredential({credential: document, ...options});
  if(!result.verified) {
    throw new Error([result.error, ...(result.error?.errors ?? [])].map(x => x?.message).join('; '));
  }
  return true;
}

async function signingSuite(format, key) {
  if(suites[format].sign) {
    return new DataIntegrityProof({signer: key.pair.signer(), cryptosuite: suites[format].sign(), date: FROM});
  }
  const {publicKeyMultibase, secretKeyMultibase} = await key.pair.export({publicKey: true, secretKey: true});
  const pair = await Ed25519VerificationKey2020.from({
    id: key.id, controller: key.did, type: 'Ed25519VerificationKey2020', publicKeyMultibase, privateKeyMultibase: secretKeyMultibase,
  });
  return new Ed25519Signature2020({key: pair, date: FROM});
}

export async function issue() {
  const out = [];
  for(const [format, {keys, sign}] of Object.entries(suites)) {
    for(const type of keys) {
      const key = await newKey(type);
      const documentLoader = loader(format);
      const suite = await signingSuite(format, key);
      const make = async until => {
        const credential = sign ? credentialV2(key.did, until) : credentialV1(key.did, until);
        if(!sign) {
          credential['@context'].push('https://w3id.org/security/suites/ed25519-2020/v1');
        }
        // The library does not sign what is expired today, so it is told another day.
        return vc.issue({credential, suite, documentLoader, now: new Date(FROM)});
      };
      const base = {maker: name, kind: 'credential', format, key: type, issuer: key.did};
      const add = (e, altered, body) => out.push({...e, altered, body, name: `${e.kind} ${e.format} ${e.key} ${altered}`});
      const good = await make(UNTIL);
      add(base, '', JSON.stringify(good));
      add(base, 'expired', JSON.stringify(await make(PAST)));
      for(const [what, body] of Object.entries(alterDocument(good))) {
        add(base, what, body);
      }
      const vp = {...base, kind: 'presentation', challenge: CHALLENGE, domain: DOMAIN};
      const presentation = vc.createPresentation({verifiableCredential: [good], holder: key.did, ...(sign ? {version: 2.0} : {version: 1.0})});
      if(!sign) {
        presentation['@context'].push('https://w3id.org/security/suites/ed25519-2020/v1');
      }
      const shown = await vc.signPresentation({presentation, suite: await signingSuite(format, key), challenge: CHALLENGE, domain: DOMAIN, documentLoader});
      add(vp, '', JSON.stringify(shown));
      for(const [what, body] of Object.entries(alterDocument(shown))) {
        add(vp, what, body);
      }
      add({...vp, challenge: 'another'}, 'challenge', JSON.stringify(shown));
      add({...vp, domain: 'https://another.example.org'}, 'domain', JSON.stringify(shown));
    }
  }
  for(const format of Object.keys(statusFormats)) {
    out.push(...await issueStatus(format));
  }
  return out;
}

// issueStatus makes a credential whose status is not set, and the list that says so.
async function issueStatus(format) {
  const {lib, suite} = statusFormats[format];
  const [key, mallory] = [await newKey('Ed25519'), await newKey('Ed25519')];
  const url = 'https://status.example.org/lists/1';
  const old = format === 'StatusList2021';
  const now = new Date(Date.now() - 3600_000).toISOString().replace(/\.\d+/, '');
  const sign = async (credential, k) => vc.issue({credential, suite: await signingSuite(suite, k), documentLoader: loader(suite)});
  const list = async (k, index) => {
    const bits = await lib.createList({length: 131072});
    if(index !== undefined) {
      bits.setStatus(index, true);
    }
    const credential = await lib.createCredential({id: url, list: bits, statusPurpose: 'revocation'});
    if(old) {
      credential['@context'].push('https://w3id.org/security/suites/ed25519-2020/v1');
    }
    return sign({...credential, issuer: k.did, ...(old ? {issuanceDate: now} : {validFrom: now})}, k);
  };
  const credential = index => {
    const c = old ? credentialV1(key.did) : credentialV2(key.did);
    if(old) {
      c['@context'].push('https://w3id.org/vc/status-list/2021/v1', 'https://w3id.org/security/suites/ed25519-2020/v1');
    }
    c.credentialStatus = {
      id: `${url}#${index}`, type: old ? 'StatusList2021Entry' : 'BitstringStatusListEntry', statusPurpose: 'revocation',
      statusListIndex: String(index), statusListCredential: url,
    };
    return sign(c, key);
  };
  const [set, clear] = [await list(key, 7), await list(key)];
  const base = {maker: name, kind: 'status', format, key: 'Ed25519', issuer: key.did};
  const make = async (altered, index, document) => ({
    ...base, altered, name: `status ${format} ${altered}`, body: JSON.stringify(await credential(index)),
    lists: document && {[url]: document},
  });
  const swapped = structuredClone(set);
  swapped.credentialSubject.encodedList = clear.credentialSubject.encodedList;
  return [
    await make('', 8, set), await make('set', 7, set), await make('list of another', 8, await list(mallory, 7)),
    await make('no list', 8), await make('list\'s bits', 7, swapped), await make('index', 131072, set),
  ];
}

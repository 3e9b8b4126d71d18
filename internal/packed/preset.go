package packed

// preset is the text that every chain is packed after: what links say over and
// again. It is part of the format, so it never changes.
const preset = `"read"],"write"],"delete"],"list"],"get"],"post"],"POST"],"count","usd":{"max":` +
	`"USD/100"}},"calls":{"max":"per":3600,"split":"audience","tokens":{"max":` +
	`"requires":{"approval":[{"actions":["payments/**"],"by":["did:key:"],"min":1}],"attestation":["uEi"]}}` +
	`"any":true}},"none":true}},"each":{"object":{"args":{"range":[1,100]}},"range":[0,"range":[null,"under":"https://` +
	`"max":10},"urn:uuid:","did:web:","file:///","mcp/tools/call/"http/get"],"http/post"],"db/read"],"fs/read"],"fs/write"],` +
	`"type":"StatusList2021Entry","statusPurpose":"suspension","statusPurpose":"guarded","statusSize":1}` +
	`"cryptosuite":"ecdsa-jcs-2019","created":"` +
	`"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/taper/v1"],"credentialStatus":[{"statusListCredential":"https://` +
	`","statusListIndex":"` + `","statusPurpose":"revocation","type":"BitstringStatusListEntry"}],"credentialSubject":{"agent":{"instance":"urn:uuid:` +
	`","kind":"worker"},"authority":{"audience":["https://` + `}},"id":"did:key:` + `","parent":{"digestMultibase":"` + `","id":"urn:uuid:` +
	`"},"task":{"id":"urn:uuid:` + `","purpose":"` + `","step":"` + `"},"type":"Agent"},"id":"urn:uuid:` + `","issuer":"did:key:` +
	`","proof":{"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/taper/v1"],"cryptosuite":"eddsa-jcs-2022",` +
	`"proofPurpose":"assertionMethod","proofValue":"` + `","type":"DataIntegrityProof","verificationMethod":"did:key:` +
	`"},"type":["VerifiableCredential","AgentTaskCredential"],"validFrom":"` + `","validUntil":"` + `"}` +
	`{"alg":"EdDSA","typ":"vc+jwt","kid":"did:web:#key-1"}` +
	`"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/taper/v1"],"id":"urn:uuid:` +
	`","type":["VerifiableCredential","AgentTaskCredential"],"issuer":"did:key:` +
	`","validFrom":"` + `","validUntil":"` + `","credentialSubject":{"id":"did:key:` +
	`","type":"Agent","agent":{"kind":"worker","instance":"urn:uuid:` + `","manifest":"uEi"},"task":{"id":"urn:uuid:` +
	`","type":"Agent","task":{"id":"urn:uuid:` + `","purpose":"` + `","step":"` +
	`"},"parent":{"id":"urn:uuid:` + `","digestMultibase":"` + `"},"authority":{"audience":["https://` +
	`"],"depth":1,"grants":[{"actions":["` + `"],"args":{"limit":{"range":[1,"in":["` + `"]}},"closed":true,"except":["https://` +
	`/**"],"optional":{"where":{"any":true}},"resources":["https://` + `/**"]},{"actions":["` + `/**"]}],"guarded":{"actions":["` +
	`"]},"limits":{"calls":{"max":` + `,"unit":"count"},"usd":{"max":` + `,"split":"audience","unit":"USD/100"}},"maxStatusAge":600` +
	`}},"credentialStatus":[{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"` +
	`","statusListCredential":"https://` + `"}]}`

package strictjson

// words are names and values that most documents have. Reading one costs a look-up
// instead of a copy; the table has no other meaning.
var words = func() map[string]string {
	m := make(map[string]string)
	for _, w := range []string{
		"alg", "typ", "kid", "cty", "iss", "EdDSA", "ES256", "vc+jwt", "agent-invocation+jwt",
		"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus",
		"https://www.w3.org/ns/credentials/v2", "https://w3id.org/taper/v1",
		"VerifiableCredential", "AgentTaskCredential", "Agent",
		"agent", "kind", "instance", "manifest", "task", "purpose", "step", "parent", "digestMultibase",
		"authority", "grants", "actions", "resources", "except", "args", "optional", "closed",
		"any", "none", "in", "range", "under", "each", "max", "object",
		"audience", "depth", "limits", "unit", "per", "split", "requires", "attestation", "approval", "by", "min",
		"guarded", "maxStatusAge",
		"statusPurpose", "statusListIndex", "statusListCredential", "statusSize",
		"StatusList2021Entry", "BitstringStatusListEntry", "revocation", "suspension",
		"aud", "iat", "exp", "jti", "cap", "act", "res", "salt", "why", "code", "digest", "htm", "htu", "cd",
	} {
		m[w] = w
	}
	return m
}()

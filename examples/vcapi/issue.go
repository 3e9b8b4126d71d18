package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// profile is a way in which the server issues.
type profile struct {
	name   string
	signer *did.Signer
	format vc.Format // empty: JWT
	list   string    // path of the status list that its credentials get an entry of
	tag    string    // of the suite that drives it
	keys   []string  // supportedEcdsaKeyTypes
	vc     []string  // versions of the data model
}

// newProfiles makes the profiles. An issuer signs with one key.
func newProfiles(s seeds) (map[string]profile, error) {
	var signers [3]*did.Signer
	for i, k := range []struct {
		t    did.KeyType
		seed []byte
	}{{did.Ed25519, s.Ed25519}, {did.P256, s.P256}, {did.P384, s.P384}} {
		var err error
		if signers[i], err = did.NewSignerFromSeed(k.t, k.seed); err != nil {
			return nil, err
		}
	}
	ed, p256, p384 := signers[0], signers[1], signers[2]
	both, one, two := []string{"1.1", "2.0"}, []string{"1.1"}, []string{"2.0"}
	out := make(map[string]profile)
	for _, p := range []profile{
		{"eddsa-rdfc-2022", ed, vc.EdDSARDFC, "", "eddsa-rdfc-2022", nil, both},
		{"eddsa-jcs-2022", ed, vc.EdDSAJCS, "", "eddsa-jcs-2022", nil, both},
		{"ecdsa-rdfc-2019-p256", p256, vc.ECDSARDFC, "", "ecdsa-rdfc-2019", []string{"P-256"}, both},
		{"ecdsa-rdfc-2019-p384", p384, vc.ECDSARDFC, "", "ecdsa-rdfc-2019", []string{"P-384"}, both},
		{"ecdsa-jcs-2019-p256", p256, vc.ECDSAJCS, "", "ecdsa-jcs-2019", []string{"P-256"}, both},
		{"ecdsa-jcs-2019-p384", p384, vc.ECDSAJCS, "", "ecdsa-jcs-2019", []string{"P-384"}, both},
		{"ed25519signature2020", ed, vc.Ed25519Signature2020, "", "Ed25519Signature2020", nil, both},
		{"vc2.0", ed, vc.EdDSARDFC, "", "vc2.0", nil, two},
		{"enveloping", ed, vc.JWT, "", "EnvelopingProof", nil, two},
		{"vc-jwt", ed, vc.JWTv1, "", "vc-jwt", nil, one},
		{"statuslist2021-revocation", ed, vc.EdDSARDFC, "/status2021/revocation", "Revocation", nil, one},
		{"statuslist2021-suspension", ed, vc.EdDSARDFC, "/status2021/suspension", "Suspension", nil, one},
		{"bitstring", ed, vc.EdDSARDFC, "/status/1", "BitstringStatusList", nil, two},
	} {
		out[p.name] = p
	}
	return out, nil
}

// issue answers POST /issuers/NAME/credentials/issue.
func (s *server) issue(w http.ResponseWriter, r *http.Request) {
	p, ok := s.profiles[r.PathValue("profile")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	var in struct{ Credential json.RawMessage }
	if err := readBody(r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	secured, err := s.secure(p, in.Credential, s.base(r))
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	reply(w, http.StatusCreated, map[string]json.RawMessage{"verifiableCredential": secured})
}

// secure issues a credential as a profile does.
func (s *server) secure(p profile, credential json.RawMessage, base string) (json.RawMessage, error) {
	content, err := withIssuer(credential, p.signer.DID())
	if err != nil {
		return nil, err
	}
	// The data model is judged before anything is added, so an error names what the
	// client sent.
	c, err := vc.ParseUnverified(content)
	if err != nil {
		return nil, err
	}
	if c.Issuer != p.signer.DID() {
		return nil, fmt.Errorf("%w: this issuer is %s, and not %s", vc.ErrIssuer, p.signer.DID(), c.Issuer)
	}
	if p.list != "" {
		if content, err = s.lists.addEntry(p.list, base, content, c); err != nil {
			return nil, err
		}
	}
	if p.format == vc.JWT || p.format == vc.JWTv1 {
		token, err := vc.Sign(*c, p.signer, vc.SignOptions{Format: p.format, Contexts: s.contexts})
		if err != nil {
			return nil, err
		}
		if p.format == vc.JWTv1 {
			return json.Marshal(token)
		}
		return json.Marshal(map[string]string{
			"@context": vc.ContextV2, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token,
		})
	}
	return vc.AddProof(content, p.signer, vc.SignOptions{Format: p.format, Created: s.Now(), Contexts: s.contexts})
}

// withIssuer fills an issuer in where there is none. It writes into the text, so what
// is strange about the rest of it the library still sees.
func withIssuer(credential json.RawMessage, issuer did.DID) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(credential, &members); err != nil || members == nil {
		return nil, fmt.Errorf("%w: credential is not an object", vc.ErrMalformed)
	}
	if _, ok := members["issuer"]; ok || len(members) == 0 {
		return credential, nil
	}
	text := strings.TrimLeft(string(credential), " \t\r\n")
	return json.RawMessage(`{"issuer":"` + issuer.String() + `",` + text[1:]), nil
}

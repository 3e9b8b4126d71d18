package sdjwt_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

var (
	alice = personas.New("alice") // issues
	agent = personas.New("agent") // holds
	noon  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
)

const (
	tool  = "https://tool.example.com"
	nonce = "n-0S6_WzA2Mj"
	vct   = "https://example.com/vct/task"
)

// optionsAt is what a verifier that trusts alice asks.
func optionsAt(now time.Time) sdjwt.VerifyOptions {
	return sdjwt.VerifyOptions{
		VerifyOptions: vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: now},
		Types:         []string{vct}, Audience: tool, Nonce: nonce,
	}
}

// unbound is what a verifier asks that takes copies.
func unbound() sdjwt.VerifyOptions {
	o := optionsAt(noon)
	o.Audience, o.Nonce, o.Unbound = "", "", true
	return o
}

func verify(text string, o sdjwt.VerifyOptions) (*sdjwt.Verified, error) {
	return sdjwt.Verify(context.Background(), []byte(text), o)
}

// forge signs any payload as alice, with any typ and disclosures.
func forge(t testing.TB, typ, payload string, disclosures ...string) string {
	return forgeHeader(t, alice, `{"alg":"EdDSA","typ":"`+typ+`","kid":"`+alice.Method()+`"}`, payload) + "~" +
		strings.Join(append(disclosures, ""), "~")
}

func forgeHeader(t testing.TB, signer *did.Signer, header, payload string) string {
	input := b64(header) + "." + b64(payload)
	sig, err := signer.Sign([]byte(input))
	require.NoError(t, err)
	return input + "." + b64(string(sig))
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// digest is that of a disclosure's text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return b64(string(sum[:]))
}

// payload is that of an SD-JWT VC of alice's, with more members.
func payload(more string) string {
	return `{"iss":"` + alice.DID().String() + `","vct":"` + vct + `"` + more + `}`
}

// sd is a member _sd with the digests of these disclosures.
func sd(disclosures ...string) string {
	for i, d := range disclosures {
		disclosures[i] = `"` + digest(d) + `"`
	}
	return `"_sd":[` + strings.Join(disclosures, ",") + `]`
}

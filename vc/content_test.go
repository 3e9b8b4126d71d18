package vc_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

func TestTimeAndContentForListReaders(t *testing.T) {
	alice := personas.NewP256("alice")
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	c := vc.Credential{
		ValidFrom: noon, ValidUntil: noon.Add(time.Minute),
		Subject: []vc.Subject{{Claims: json.RawMessage(`{"name":"x"}`)}},
	}
	one, err := vc.Sign(c, alice, vc.SignOptions{})
	require.NoError(t, err)
	two, err := vc.Sign(c, alice, vc.SignOptions{})
	require.NoError(t, err)
	require.NotEqual(t, one, two, "ECDSA signatures are random")

	opts := vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon.Add(time.Hour)}
	_, err = vc.Verify(context.Background(), []byte(one), opts)
	require.ErrorIs(t, err, vc.ErrExpired)

	opts.IgnoreTime = true
	a, err := vc.Verify(context.Background(), []byte(one), opts)
	require.NoError(t, err)
	b, err := vc.Verify(context.Background(), []byte(two), opts)
	require.NoError(t, err)
	require.Equal(t, a.Content(), b.Content())
	require.NotEqual(t, a.Digest(), b.Digest())
}

// TestContentOfStatements: where RDF is signed, anybody can write another JSON text
// of it. It has the same Content, by which a checker remembers what was revoked.
func TestContentOfStatements(t *testing.T) {
	p256, ed := personas.NewP256("alice"), personas.New("alice")
	for _, c := range []struct {
		format vc.Format
		signer *did.Signer
	}{{vc.EdDSARDFC, ed}, {vc.Ed25519Signature2020, ed}, {vc.ECDSARDFC, p256}} {
		opts := vc.VerifyOptions{Issuers: []did.DID{c.signer.DID()}, IgnoreTime: true}
		one, err := vc.Sign(vc.Credential{
			Type: []string{"VerifiableCredential", "VerifiablePresentation"}, ID: "urn:example:1",
			Subject: []vc.Subject{{ID: "did:example:bob", Claims: json.RawMessage(`{"id":"did:example:bob"}`)}},
		}, c.signer, vc.SignOptions{Format: c.format})
		require.NoError(t, err)
		two := strings.Replace(one, `["VerifiableCredential","VerifiablePresentation"]`, `["VerifiablePresentation","VerifiableCredential"]`, 1)
		require.NotEqual(t, one, two)
		a, err := vc.Verify(context.Background(), []byte(one), opts)
		require.NoError(t, err)
		b, err := vc.Verify(context.Background(), []byte(two), opts)
		require.NoError(t, err)
		require.Equal(t, a.Content(), b.Content())
		require.NotEqual(t, a.Digest(), b.Digest())
		require.NotEqual(t, string(a.Document()), string(b.Document()))
	}
}

// TestStatusEntriesOfOneID: in RDF they are one, and a holder who is revoked could say
// that the index of its suspension is that of its revocation.
func TestStatusEntriesOfOneID(t *testing.T) {
	alice := personas.New("alice")
	entry := func(purpose, index string) vc.StatusEntry {
		return vc.StatusEntry{
			ID: "https://s.example/of/1", Type: "BitstringStatusListEntry", Purpose: purpose, Index: index, List: "https://s.example/" + purpose,
		}
	}
	opts := vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, IgnoreTime: true, IgnoreStatus: true}
	for format, want := range map[vc.Format]error{vc.EdDSARDFC: vc.ErrStatusEntry, vc.EdDSAJCS: nil} {
		one, err := vc.Sign(vc.Credential{
			Subject: []vc.Subject{{ID: "did:example:bob", Claims: json.RawMessage(`{"id":"did:example:bob"}`)}},
			Status:  []vc.StatusEntry{entry("revocation", "5"), entry("suspension", "9")},
		}, alice, vc.SignOptions{Format: format})
		require.NoError(t, err)
		_, err = vc.Verify(context.Background(), []byte(one), opts)
		require.ErrorIs(t, err, want, format)
		five, nine := `"statusListIndex":"5"`, `"statusListIndex":"9"`
		two := strings.NewReplacer(five, nine, nine, five).Replace(one)
		require.NotEqual(t, one, two)
		_, err = vc.Verify(context.Background(), []byte(two), opts)
		require.Error(t, err, format)
	}
}

// TestDocumentIsTheIssuersText: members keep the form that they were signed in.
func TestDocumentIsTheIssuersText(t *testing.T) {
	alice := personas.New("alice")
	opts := vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, IgnoreTime: true}
	for _, c := range []struct {
		name, context, from string
		format              vc.Format
	}{
		{"token", vc.ContextV2, "validFrom", vc.JWT},
		{"token of Data Model 1.1", vc.ContextV1, "issuanceDate", vc.JWTv1},
		{"document", vc.ContextV2, "validFrom", vc.EdDSAJCS},
	} {
		t.Run(c.name, func(t *testing.T) {
			credential := vc.Credential{
				Context: []string{c.context}, ValidFrom: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
				Subject: []vc.Subject{{Claims: json.RawMessage(`{"id":"did:example:bob","list":[1]}`)}},
			}
			text, err := vc.Sign(credential, alice, vc.SignOptions{Format: c.format})
			require.NoError(t, err)
			v, err := vc.Verify(context.Background(), []byte(text), opts)
			require.NoError(t, err)
			require.JSONEq(t, `{"@context":["`+c.context+`"],"type":["VerifiableCredential"],"issuer":"`+alice.DID().String()+`","`+
				c.from+`":"2026-11-24T12:00:00Z","credentialSubject":{"id":"did:example:bob","list":[1]}}`, string(v.Document()))
		})
	}
	require.Nil(t, new(vc.Verified).Document())
}

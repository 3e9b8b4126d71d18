package revocation_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// TestSecurings: lists of every securing that package vc has are issued and checked,
// and an altered one is refused.
func TestSecurings(t *testing.T) {
	p256 := personas.NewP256("bob")
	for securing, signer := range map[vc.Format]*did.Signer{
		vc.JWT: p256, vc.EdDSAJCS: alice, vc.ECDSAJCS: p256, vc.EdDSARDFC: alice, vc.ECDSARDFC: p256, vc.Ed25519Signature2020: alice,
	} {
		for _, format := range []revocation.Format{revocation.Bitstring, revocation.StatusList2021} {
			t.Run(string(securing)+" "+string(format), func(t *testing.T) {
				s, err := revocation.NewIssuer(signer, "https://status.example/lists", revocation.IssuerOptions{
					Format: format, Securing: securing, Lifetime: time.Hour,
				})
				require.NoError(t, err)
				e, err := s.Allocate(ctx, time.Time{}, "revocation", "suspension", "guarded")
				require.NoError(t, err)
				require.NoError(t, s.Set(ctx, 1, e[2]))
				b, err := s.Publish(ctx, noon)
				require.NoError(t, err)
				req := request(e...)
				req.Signers = []did.DID{signer.DID()}
				got, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, req)
				require.NoError(t, err)
				require.Equal(t, vc.Guarded, got.Mode)

				raw, err := b.List(ctx, e[0].List)
				require.NoError(t, err)
				bad := bytes.Replace(raw, []byte("2026-11-24T12:00:00Z"), []byte("2026-11-24T12:01:00Z"), 1)
				if securing == vc.JWT {
					bad = bytes.Clone(raw)
					at := len(bad) - 20 // of the signature, which is another one each time
					if bad[at] = 'A'; raw[at] == 'A' {
						bad[at] = 'B'
					}
				}
				require.NotEqual(t, raw, bad)
				_, err = revocation.VerifyList(ctx, bad, req.Signers, nil)
				require.ErrorIs(t, err, revocation.ErrSigner)
			})
		}
	}
	wrong, err := revocation.NewIssuer(alice, "https://status.example/lists", revocation.IssuerOptions{Securing: vc.ECDSAJCS})
	require.NoError(t, err)
	_, err = wrong.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	_, err = wrong.Publish(ctx, noon)
	require.Error(t, err, "another key's suite")
}

// TestOtherTextOfOneListIsNoOther: a proof over RDF is over statements, and anybody
// can write them in another JSON text. A list that is offered so is the one held,
// and no second one of its time, after which nobody would be let through.
func TestOtherTextOfOneListIsNoOther(t *testing.T) {
	p256 := personas.NewP256("bob")
	for securing, signer := range map[vc.Format]*did.Signer{
		vc.EdDSARDFC: alice, vc.ECDSARDFC: p256, vc.Ed25519Signature2020: alice,
	} {
		s, err := revocation.NewIssuer(signer, "https://status.example/lists", revocation.IssuerOptions{Securing: securing})
		require.NoError(t, err)
		e, err := s.Allocate(ctx, time.Time{}, "revocation")
		require.NoError(t, err)
		b, err := s.Publish(ctx, noon)
		require.NoError(t, err)
		req := request(e...)
		req.Signers = []did.DID{signer.DID()}
		k := checker(t, b, revocation.Policy{})
		_, err = k.CheckStatus(ctx, req)
		require.NoError(t, err)

		raw, err := b.List(ctx, e[0].List)
		require.NoError(t, err)
		types := []byte(`["VerifiableCredential","BitstringStatusListCredential"]`)
		require.Contains(t, string(raw), string(types))
		other := bytes.Replace(raw, types, []byte(`["BitstringStatusListCredential","VerifiableCredential"]`), 1)
		require.NoError(t, k.Offer(ctx, other))
		_, err = k.CheckStatus(ctx, req)
		require.NoError(t, err, securing)
	}
}

// TestListWithTheProofOfAStranger: who hands a list over could add a proof that ends in
// a moment, and the list with it, which would then be the one held.
func TestListWithTheProofOfAStranger(t *testing.T) {
	s, err := revocation.NewIssuer(alice, "https://status.example/lists", revocation.IssuerOptions{Securing: vc.EdDSAJCS})
	require.NoError(t, err)
	e, err := s.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	b, err := s.Publish(ctx, noon)
	require.NoError(t, err)
	raw, err := b.List(ctx, e[0].List)
	require.NoError(t, err)
	soon, err := vc.AddProof(raw, personas.New("mallory"), vc.SignOptions{Format: vc.EdDSAJCS, Expires: noon.Add(time.Second)})
	require.NoError(t, err)

	k, req := checker(t, b, revocation.Policy{}), request(e...)
	req.Signers, req.Now = []did.DID{alice.DID()}, noon.Add(time.Minute)
	require.ErrorIs(t, k.Offer(ctx, soon), revocation.ErrSigner)
	_, err = k.CheckStatus(ctx, req)
	require.NoError(t, err)
	twice, err := vc.AddProof(raw, alice, vc.SignOptions{Format: vc.EdDSAJCS, Created: noon})
	require.NoError(t, err)
	_, err = revocation.VerifyList(ctx, twice, req.Signers, nil)
	require.NoError(t, err, "two of the signer's own")
}

// TestProofThatEnds: a proof that ends before the list does ends the list.
func TestProofThatEnds(t *testing.T) {
	var list vc.Credential
	draft{edit: func(c *vc.Credential) { c.ValidUntil = noon.Add(time.Hour); list = *c }}.sign(t)
	text, err := vc.Sign(list, alice, vc.SignOptions{Format: vc.EdDSAJCS, Expires: noon.Add(2 * time.Minute)})
	require.NoError(t, err)
	b := revocation.NewBundle()
	require.NoError(t, b.Add(listURL, []byte(text)))
	k, req := checker(t, b, revocation.Policy{}), request(entry(8))
	_, err = k.CheckStatus(ctx, req)
	require.NoError(t, err)
	req.Now = noon.Add(2 * time.Minute)
	_, err = k.CheckStatus(ctx, req)
	require.ErrorIs(t, err, revocation.ErrExpired)
}

// TestRecordedLists: the lists that a server gave the official suites, and the
// entries that pointed into them.
func TestRecordedLists(t *testing.T) {
	for file, want := range map[string]revocation.Format{"bitstring.ndjson": revocation.Bitstring, "statuslist2021.ndjson": revocation.StatusList2021} {
		lines, lists, set := bufio.NewScanner(bytes.NewReader(vectors.Read(t, "recorded", file))), 0, 0
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			var x struct {
				Method, Path string
				Response     json.RawMessage
			}
			require.NoError(t, json.Unmarshal(lines.Bytes(), &x))
			if x.Method != "GET" || !strings.HasPrefix(x.Path, "/status") {
				continue
			}
			var by struct{ Issuer string }
			require.NoError(t, json.Unmarshal(x.Response, &by))
			signer, err := did.Parse(by.Issuer)
			require.NoError(t, err)
			l, err := revocation.VerifyList(ctx, x.Response, []did.DID{signer}, nil)
			require.NoError(t, err)
			require.Equal(t, want, l.Format())
			require.True(t, strings.HasSuffix(l.URL(), x.Path))
			lists++
			for i := range uint64(l.Bits().Len()) {
				if v, _ := l.Bits().At(i); v == 1 {
					set++
				}
			}
			_, err = revocation.VerifyList(ctx, bytes.Replace(x.Response, []byte("H4sI"), []byte("H4sJ"), 1), []did.DID{signer}, nil)
			require.Error(t, err)
		}
		require.NoError(t, lines.Err())
		require.Greater(t, lists, 2, file)
		t.Logf("%s: %d lists, %d set", file, lists, set)
	}
}

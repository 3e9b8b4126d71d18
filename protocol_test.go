package taper_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

const (
	shop      = "https://db.example.com"
	challenge = "challenge-1"
)

var (
	noon  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	alice = personas.New("alice") // signs everything
	asked = delegation.Request{
		Action: "db/read", Resource: shop + "/sales/2026", Arguments: []byte(`{"limit":10}`), Audience: shop,
	}
)

// kinds makes one signed object of every kind that this library knows, in every
// securing that it has; all by one key, for one verifier, at one time. A kind is
// the part of the name before the space.
func kinds(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	credential := vc.Credential{
		ID: "urn:uuid:1", ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Minute),
		Subject: []vc.Subject{{ID: alice.DID().String(), Claims: json.RawMessage(`{"name":"x"}`)}},
	}
	old := credential
	old.Context = []string{vc.ContextV1}
	embedded := []vc.Format{vc.EdDSAJCS, vc.EdDSARDFC, vc.Ed25519Signature2020}
	for _, f := range append(embedded, vc.JWT) {
		out["credential "+string(f)] = sign(t, credential, f)
		p := vc.Presentation{
			Credentials: []string{sign(t, credential, f)}, Challenge: challenge, Domain: shop, IssuedAt: noon, Format: f,
		}
		if f == vc.JWT {
			p.Format = ""
		}
		text, err := vc.SignPresentation(p, alice)
		require.NoError(t, err)
		out["presentation "+string(f)] = text
	}
	out["credential "+string(vc.JWTv1)] = sign(t, old, vc.JWTv1)
	text, err := vc.SignPresentation(vc.Presentation{
		Context: []string{vc.ContextV1}, Credentials: []string{out["credential "+string(vc.JWTv1)]}, Challenge: challenge, Domain: shop,
	}, alice)
	require.NoError(t, err)
	out["presentation "+string(vc.JWTv1)] = text
	out["envelope"] = `{"@context":"` + vc.ContextV2 + `","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` +
		out["credential "+string(vc.JWT)] + `"}`

	selective, err := sdjwt.Issue([]byte(`{"vct":"https://a.example/x","name":"x","exp":1900000000}`), alice, sdjwt.IssueOptions{
		Disclosable: []string{"/name"}, Holder: alice.Key(),
	})
	require.NoError(t, err)
	out["selective"], err = sdjwt.Present(selective, []string{"/name"}, alice, sdjwt.Binding{Audience: shop, Nonce: challenge, IssuedAt: noon})
	require.NoError(t, err)

	lists, err := revocation.NewIssuer(alice, "https://status.example.com/lists", revocation.IssuerOptions{})
	require.NoError(t, err)
	_, err = lists.Allocate(context.Background(), time.Time{}, revocation.Revocation)
	require.NoError(t, err)
	bundle, err := lists.Publish(context.Background(), noon)
	require.NoError(t, err)
	for _, list := range bundle.All() {
		out["list"] = string(list)
	}

	for _, f := range []vc.Format{vc.JWT, vc.EdDSAJCS} {
		out["link "+string(f)] = link(t, f)
	}
	holder := holding(t)
	invocation, err := holder.Invoke(asked, delegation.Invoke{ID: "invocation-000001", Now: noon})
	require.NoError(t, err)
	out["invocation"] = invocation
	out["approval"], err = delegation.Approve(alice, delegation.ApprovalRequest{
		Agent: personas.New("bob").DID(), Leaf: multikey.Digest(nil), Audience: shop, Action: "db/read", Resource: asked.Resource,
		Invocation: "invocation-000001", Salt: make([]byte, 16),
	}, delegation.Approving{Now: noon})
	require.NoError(t, err)
	authorization, err := verifier(t).Verify(context.Background(), holder.ChainJSON(), invocation, asked)
	require.NoError(t, err)
	out["receipt"], err = delegation.SignReceipt(alice, authorization.Receipt(noon))
	require.NoError(t, err)

	logKey, _, err := audit.NewLogKey("log.example.com")
	require.NoError(t, err)
	log, err := audit.NewLog("log.example.com", logKey)
	require.NoError(t, err)
	recorder, err := audit.NewRecorder(alice, log, audit.RecorderOptions{Role: audit.RoleVerifier, Now: func() time.Time { return noon }})
	require.NoError(t, err)
	recorded, err := recorder.Record(context.Background(), audit.Entry{Type: audit.TaskOpen})
	require.NoError(t, err)
	out["entry"] = string(recorded.Signed().Bytes())
	return out
}

func sign(t *testing.T, c vc.Credential, f vc.Format) string {
	t.Helper()
	text, err := vc.Sign(c, alice, vc.SignOptions{Format: f})
	require.NoError(t, err)
	return text
}

func grants(t *testing.T) delegation.Authority {
	t.Helper()
	a, err := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"db/**"}, Resources: []string{shop + "/sales/**"}}},
		Audience: []string{shop},
	})
	require.NoError(t, err)
	return a
}

func chained(t *testing.T, f vc.Format) delegation.Chain {
	t.Helper()
	chain, err := delegation.Root(alice, alice.DID(), grants(t), delegation.Issue{
		ID: "urn:x:link", Task: delegation.Task{ID: "urn:x:task"}, ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Minute), Format: f,
	})
	require.NoError(t, err)
	return chain
}

// link is one link as it stands on the wire: a JWS, or a document.
func link(t *testing.T, f vc.Format) string {
	t.Helper()
	data, err := chained(t, f).MarshalJSON()
	require.NoError(t, err)
	var links []json.RawMessage
	require.NoError(t, json.Unmarshal(data, &links))
	var token string
	if json.Unmarshal(links[0], &token) == nil {
		return token
	}
	return string(links[0])
}

func holding(t *testing.T) *delegation.Holder {
	t.Helper()
	h, err := delegation.NewHolder(alice, chained(t, ""))
	require.NoError(t, err)
	return h
}

func verifier(t *testing.T) *delegation.Verifier {
	t.Helper()
	v, err := delegation.NewVerifier(delegation.Config{
		Names:        []string{shop},
		Anchors:      []delegation.Anchor{{DID: alice.DID(), Ceiling: grants(t)}},
		MaxStaleness: 15 * time.Minute,
		Replay:       delegation.NewVolatileReplay(noon.Add(-time.Hour), 0),
		Now:          func() time.Time { return noon },
	})
	require.NoError(t, err)
	return v
}

// TestEachKindHasItsReader hands every kind of signed object to every reader: each
// reader takes its own kind and no other, whatever the key and the securing. Links
// and status lists are credentials too, so the reader of credentials takes them;
// they are told apart by their type, and theirs takes no plain credential.
func TestEachKindHasItsReader(t *testing.T) {
	ctx := context.Background()
	all := kinds(t)
	require.Len(t, all, 19)
	trusted := vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon}
	readers := map[string]func(text string) error{
		"credential": func(text string) error {
			_, err := vc.Verify(ctx, []byte(text), trusted)
			return err
		},
		"presentation": func(text string) error {
			_, err := vc.VerifyPresentation(ctx, []byte(text), vc.PresentationOptions{
				Challenge: challenge, Domain: shop, VerifyOptions: trusted,
			})
			return err
		},
		"selective": func(text string) error {
			_, err := sdjwt.Verify(ctx, []byte(text), sdjwt.VerifyOptions{
				VerifyOptions: trusted, AnyType: true, Audience: shop, Nonce: challenge,
			})
			return err
		},
		"list": func(text string) error {
			_, err := revocation.VerifyList(ctx, []byte(text), []did.DID{alice.DID()}, nil)
			return err
		},
		"link": func(text string) error {
			element := json.RawMessage(text)
			if !json.Valid(element) {
				element, _ = json.Marshal(text)
			}
			chain, _ := json.Marshal([]json.RawMessage{element})
			_, err := verifier(t).VerifyChain(ctx, chain)
			return err
		},
		"invocation": func(text string) error {
			_, err := verifier(t).Verify(ctx, holding(t).ChainJSON(), text, asked)
			return err
		},
		"approval": func(text string) error {
			_, err := delegation.ParseApproval(text)
			return err
		},
		"receipt": func(text string) error {
			_, err := delegation.VerifyReceipt(ctx, text, all["invocation"], alice.DID(), nil)
			return err
		},
		"entry": func(text string) error {
			_, err := audit.ParseSigned([]byte(text))
			return err
		},
	}
	also := map[string][]string{"credential": {"link", "list", "envelope"}}
	for name, text := range all {
		kind, _, _ := strings.Cut(name, " ")
		for reader, read := range readers {
			err := read(text)
			takes := reader == kind
			for _, k := range also[reader] {
				takes = takes || k == kind
			}
			if takes {
				require.NoError(t, err, "%s of its own kind: %s", reader, name)
			} else {
				require.Error(t, err, "the reader of a %s takes a %s", reader, name)
			}
		}
	}
}

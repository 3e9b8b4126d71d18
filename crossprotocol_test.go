package taper_test

import (
	"context"
	"encoding/json"
	"slices"
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

// crossing is one key that signs everything there is to sign, so that nothing but
// the kind of a thing keeps it from standing in for another.
type crossing struct {
	t          *testing.T
	signer     *did.Signer
	now        time.Time
	invocation string
}

// objects are all kinds of signed object, each as bytes that its own reader takes.
func (x *crossing) objects() map[string]string {
	out := x.credentials()
	out["link"], out["invocation"], out["approval"], out["receipt"] = x.delegation()
	x.invocation = out["invocation"]
	out["audit entry"] = x.entry()
	out["status list"] = x.list()
	for name, text := range x.selective() {
		out[name] = text
	}
	return out
}

func (x *crossing) credentials() map[string]string {
	c := vc.Credential{ValidFrom: x.now, Subject: []vc.Subject{{Claims: json.RawMessage(`{"name":"x"}`)}}}
	v1 := c
	v1.Context = []string{vc.ContextV1}
	out := make(map[string]string)
	for name, f := range map[string]vc.Format{"credential": "", "credential with a proof": vc.EdDSAJCS, "credential with a proof over RDF": vc.EdDSARDFC} {
		text, err := vc.Sign(c, x.signer, vc.SignOptions{Format: f})
		require.NoError(x.t, err)
		out[name] = text
	}
	text, err := vc.Sign(v1, x.signer, vc.SignOptions{})
	require.NoError(x.t, err)
	out["credential of 1.1"] = text
	for name, f := range map[string]vc.Format{"presentation": "", "presentation with a proof": vc.EdDSAJCS} {
		text, err := vc.SignPresentation(vc.Presentation{
			Credentials: []string{out["credential"]}, Challenge: "c", Domain: "https://a.example", Format: f,
		}, x.signer)
		require.NoError(x.t, err)
		out[name] = text
	}
	return out
}

func (x *crossing) selective() map[string]string {
	issue := func(claims string) string {
		text, err := sdjwt.Issue([]byte(claims), x.signer, sdjwt.IssueOptions{Holder: x.signer.Key(), Disclosable: []string{"/a"}})
		require.NoError(x.t, err)
		return text
	}
	out := map[string]string{
		"SD-JWT VC": issue(`{"vct":"x","a":1}`),
		"SD-JWT of a credential": issue(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","issuer":"` +
			x.signer.DID().String() + `","credentialSubject":{"b":1},"a":1}`),
	}
	bound, err := sdjwt.Present(out["SD-JWT VC"], nil, x.signer, sdjwt.Binding{Audience: "https://a.example", Nonce: "c", IssuedAt: x.now})
	require.NoError(x.t, err)
	out["key binding JWT"] = bound[strings.LastIndex(bound, "~")+1:]
	out["SD-JWT of a presentation"], err = sdjwt.SignPresentation(vc.Presentation{
		Credentials: []string{out["SD-JWT of a credential"]}, Challenge: "c", Domain: "https://a.example",
	}, x.signer, nil)
	require.NoError(x.t, err)
	return out
}

func (x *crossing) delegation() (link, invocation, approval, receipt string) {
	a, err := delegation.NewAuthority(delegation.Terms{
		Grants: []delegation.Grant{{Actions: []string{"a/**"}, Resources: []string{"https://a.example/**"}}}, Audience: []string{"https://a.example"},
	})
	require.NoError(x.t, err)
	chain, err := delegation.Root(x.signer, x.signer.DID(), a, delegation.Issue{
		Task: delegation.Task{ID: "urn:example:task"}, ValidFrom: x.now, ValidUntil: x.now.Add(time.Hour),
	})
	require.NoError(x.t, err)
	var links []string
	data, err := chain.MarshalJSON()
	require.NoError(x.t, err)
	require.NoError(x.t, json.Unmarshal(data, &links))
	holder, err := delegation.NewHolder(x.signer, chain)
	require.NoError(x.t, err)
	req := delegation.Request{Action: "a/b", Resource: "https://a.example/b", Audience: "https://a.example"}
	invocation, err = holder.Invoke(req, delegation.Invoke{Now: x.now})
	require.NoError(x.t, err)
	approval, err = delegation.Approve(x.signer, delegation.ApprovalRequest{
		Agent: personas.New("agent").DID(), Leaf: chain.Links()[0].Digest, Audience: req.Audience, Action: req.Action, Resource: req.Resource,
		Invocation: "0123456789abcdef", Salt: make([]byte, 16),
	}, delegation.Approving{Now: x.now})
	require.NoError(x.t, err)
	receipt, err = delegation.SignReceipt(x.signer, delegation.Receipt{
		Verifier: x.signer.DID(), Audience: req.Audience, Leaf: chain.Links()[0].Digest, Invocation: multikey.Digest([]byte(invocation)),
		Time: x.now, Permitted: true, Link: -1,
	})
	require.NoError(x.t, err)
	return links[0], invocation, approval, receipt
}

func (x *crossing) list() string {
	issuer, err := revocation.NewIssuer(x.signer, "https://a.example/lists", revocation.IssuerOptions{})
	require.NoError(x.t, err)
	_, err = issuer.Allocate(context.Background(), time.Time{}, revocation.Revocation)
	require.NoError(x.t, err)
	bundle, err := issuer.Publish(context.Background(), x.now)
	require.NoError(x.t, err)
	for _, list := range bundle.All() {
		return string(list)
	}
	return ""
}

func (x *crossing) entry() string {
	signed, err := audit.Sign(x.signer, audit.Entry{
		Type: audit.TaskClose, ID: "urn:example:1", Agent: x.signer.DID(), Role: audit.RoleAgent, Seq: 1, Time: x.now,
		Prev: audit.LeafHash([]byte("before")), Task: "urn:example:task",
	})
	require.NoError(x.t, err)
	return string(signed.Bytes())
}

// readers are all that verify a signature. Each takes whatever it can be told to
// take, so that a refusal is for the kind alone.
func (x *crossing) readers() map[string]func(text string) error {
	ctx := context.Background()
	trusting := vc.VerifyOptions{AnyIssuer: true, IgnoreStatus: true, Now: x.now}
	return map[string]func(string) error{
		"vc.Verify": func(s string) error {
			_, err := vc.Verify(ctx, []byte(s), trusting)
			return err
		},
		"vc.VerifyPresentation": func(s string) error {
			_, err := vc.VerifyPresentation(ctx, []byte(s), vc.PresentationOptions{Unbound: true, VerifyOptions: trusting})
			return err
		},
		"sdjwt.Verify": func(s string) error {
			_, err := sdjwt.Verify(ctx, []byte(s), sdjwt.VerifyOptions{VerifyOptions: trusting, AnyType: true, Unbound: true})
			return err
		},
		"sdjwt.VerifyPresentation": func(s string) error {
			_, err := sdjwt.VerifyPresentation(ctx, []byte(s), sdjwt.PresentationOptions{
				PresentationOptions: vc.PresentationOptions{Unbound: true, VerifyOptions: trusting}, AnyType: true,
			})
			return err
		},
		"delegation.Verifier": func(s string) error {
			element := s
			if !strings.HasPrefix(s, "{") {
				element = `"` + s + `"`
			}
			v, err := delegation.NewVerifier(delegation.Config{
				Names: []string{"https://a.example"}, Anchors: []delegation.Anchor{{DID: x.signer.DID(), Unlimited: true, AllowUnrevocable: true}},
				MaxStaleness: time.Hour, Now: func() time.Time { return x.now }, Replay: delegation.NewVolatileReplay(x.now.Add(-time.Hour), 0),
			})
			require.NoError(x.t, err)
			_, err = v.VerifyChain(ctx, []byte("["+element+"]"))
			return err
		},
		"delegation.ParseInvocation": func(s string) error {
			_, err := delegation.ParseInvocation(s)
			return err
		},
		"delegation.ParseApproval": func(s string) error {
			_, err := delegation.ParseApproval(s)
			return err
		},
		"delegation.VerifyReceipt": func(s string) error {
			_, err := delegation.VerifyReceipt(ctx, s, x.invocation, x.signer.DID(), nil)
			return err
		},
		"audit.ParseSigned": func(s string) error {
			_, err := audit.ParseSigned([]byte(s))
			return err
		},
		"revocation.VerifyList": func(s string) error {
			_, err := revocation.VerifyList(ctx, []byte(s), []did.DID{x.signer.DID()}, nil)
			return err
		},
	}
}

// takes says which readers take which objects; nothing else takes anything. A link
// and a status list are credentials, and told apart by their type.
var takes = map[string][]string{
	"vc.Verify": {
		"credential", "credential with a proof", "credential with a proof over RDF", "credential of 1.1", "link", "status list",
	},
	"vc.VerifyPresentation":      {"presentation", "presentation with a proof"},
	"sdjwt.Verify":               {"SD-JWT VC", "SD-JWT of a credential"},
	"sdjwt.VerifyPresentation":   {"SD-JWT of a presentation"},
	"delegation.Verifier":        {"link"},
	"delegation.ParseInvocation": {"invocation"},
	"delegation.ParseApproval":   {"approval"},
	"delegation.VerifyReceipt":   {"receipt"},
	"audit.ParseSigned":          {"audit entry"},
	"revocation.VerifyList":      {"status list"},
}

// TestNothingStandsInForAnother hands every kind of signed object, all by one key,
// to every reader: what is not its own it refuses.
func TestNothingStandsInForAnother(t *testing.T) {
	x := &crossing{t: t, signer: personas.New("everybody"), now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	objects := x.objects()
	require.Len(t, objects, 16)
	for reader, read := range x.readers() {
		for name, text := range objects {
			t.Run(reader+"/"+name, func(t *testing.T) {
				err := read(text)
				if slices.Contains(takes[reader], name) {
					require.NoError(t, err)
					return
				}
				require.Error(t, err)
			})
		}
	}
}

package delegation_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

var keeper = personas.New("keeper") // who verifies, as receipts know it

// receipted lets dave read, and returns the invocation and what a receipt tells.
func receipted(tb testing.TB) (string, delegation.Receipt) {
	w := newScene(tb)
	tok := w.invoke(read)
	a, err := w.verifier.Verify(context.Background(), w.wire(), tok, read)
	require.NoError(tb, err)
	return tok, a.Receipt(noon)
}

func TestReceipt(t *testing.T) {
	ctx := context.Background()
	tok, r := receipted(t)
	inv, err := delegation.ParseInvocation(tok)
	require.NoError(t, err)
	h := delegation.NewResultHash(inv.Salt)
	_, _ = h.Write([]byte("what came out"))
	r.Result = h.Digest()
	want, err := audit.Salted(inv.Salt, audit.DomainOutput, []byte("what came out"))
	require.NoError(t, err)
	require.Equal(t, want, r.Result)
	r.Left = map[string]int64{"usd": 0, "calls": 7}
	r.Log = &delegation.Logged{Origin: "log.example.com", Index: 3, Proof: "c2sp.org/tlog-proof@v1\n"}
	receipt, err := delegation.SignReceipt(keeper, r)
	require.NoError(t, err)
	got, err := delegation.VerifyReceipt(ctx, receipt, tok, keeper.DID(), nil)
	require.NoError(t, err)
	r.Verifier = keeper.DID()
	require.Equal(t, &r, got)
	require.True(t, got.Permitted)
	require.Equal(t, vc.Normal, got.Mode)
	require.Equal(t, noon, got.AsOf)

	for name, tt := range map[string]struct {
		receipt, invocation string
		verifier            did.DID
	}{
		"of another verifier":      {receipt, tok, mallory.DID()},
		"of nobody":                {receipt, tok, did.DID{}},
		"of another invocation":    {receipt, newScene(t).invoke(read), keeper.DID()},
		"an invocation":            {tok, tok, keeper.DID()},
		"another signature":        {flipSignature(receipt), tok, keeper.DID()},
		"nothing":                  {"", tok, keeper.DID()},
		"signed by another":        {token(t, mallory, "agent-receipt+jwt", payloadOf(t, receipt)), tok, keeper.DID()},
		"signed under another typ": {token(t, keeper, "agent-audit+jwt", payloadOf(t, receipt)), tok, keeper.DID()},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := delegation.VerifyReceipt(ctx, tt.receipt, tt.invocation, tt.verifier, nil)
			require.ErrorIs(t, err, delegation.ErrReceipt)
			require.Nil(t, got)
		})
	}
	_, err = delegation.VerifyReceipt(ctx, receipt, "x", keeper.DID(), nil)
	require.Error(t, err)
}

func TestReceiptOfARefusal(t *testing.T) {
	w := newScene(t)
	ctx := context.Background()
	denied := request("fs/read", read.Resource)
	tok := w.invoke(denied)
	p, err := w.verifier.Present(tok)
	require.NoError(t, err)
	_, err = p.Verify(ctx, w.wire(), nothing, denied)
	refusal := refused(t, err, delegation.ErrNotAllowed, 0)
	r, ok := p.Receipt(refusal, noon)
	require.True(t, ok)
	receipt, err := delegation.SignReceipt(keeper, r)
	require.NoError(t, err)
	got, err := delegation.VerifyReceipt(ctx, receipt, tok, keeper.DID(), nil)
	require.NoError(t, err)
	require.False(t, got.Permitted)
	require.Equal(t, delegation.ErrNotAllowed, got.Rule)
	require.Equal(t, 0, got.Link)

	// Before rule 14 there is none.
	_, err = p.Verify(ctx, w.wire(), nothing, denied)
	refusal = refused(t, err, delegation.ErrInvocation, -1)
	_, ok = p.Receipt(refusal, noon)
	require.False(t, ok)
	_, ok = new(delegation.Presented).Receipt(refusal, noon)
	require.False(t, ok)
	_, ok = p.Receipt(&delegation.Refusal{Rule: delegation.ErrNotAllowed}, noon)
	require.False(t, ok)
}

func TestReceiptForm(t *testing.T) {
	tok, r := receipted(t)
	receipt, err := delegation.SignReceipt(keeper, r)
	require.NoError(t, err)
	for name, change := range map[string]func(p map[string]any){
		"unknown claim":        func(p map[string]any) { p["exp"] = 1 },
		"no iss":               func(p map[string]any) { delete(p, "iss") },
		"iss is no DID":        func(p map[string]any) { p["iss"] = "x" },
		"no decision":          func(p map[string]any) { delete(p, "dec") },
		"another decision":     func(p map[string]any) { p["dec"] = "allow" },
		"permit with a rule":   func(p map[string]any) { p["rule"] = 15 },
		"permit with a link":   func(p map[string]any) { p["link"] = 0 },
		"deny without a rule":  func(p map[string]any) { p["dec"] = "deny" },
		"deny by rule 13":      func(p map[string]any) { p["dec"], p["rule"] = "deny", 13 },
		"deny by rule 19":      func(p map[string]any) { p["dec"], p["rule"] = "deny", 19 },
		"link 16":              func(p map[string]any) { p["dec"], p["rule"], p["link"] = "deny", 15, 16 },
		"mode revoked":         func(p map[string]any) { p["mode"] = "revoked" },
		"mode null":            func(p map[string]any) { p["mode"] = nil },
		"time text":            func(p map[string]any) { p["iat"] = "2026" },
		"left empty":           func(p map[string]any) { p["left"] = map[string]any{} },
		"left negative":        func(p map[string]any) { p["left"] = map[string]any{"usd": -1} },
		"left of no name":      func(p map[string]any) { p["left"] = map[string]any{"u s d": 1} },
		"out is no digest":     func(p map[string]any) { p["out"] = "x" },
		"log without a proof":  func(p map[string]any) { p["log"] = map[string]any{"origin": "x", "index": 1} },
		"log with more":        func(p map[string]any) { p["log"] = map[string]any{"origin": "x", "index": 1, "proof": "y", "z": 1} },
		"log of a wrong index": func(p map[string]any) { p["log"] = map[string]any{"origin": "x", "index": -1, "proof": "y"} },
	} {
		t.Run(name, func(t *testing.T) {
			p := payloadOf(t, receipt)
			change(p)
			_, err := delegation.VerifyReceipt(context.Background(), token(t, keeper, "agent-receipt+jwt", p), tok, keeper.DID(), nil)
			require.ErrorIs(t, err, delegation.ErrReceipt)
		})
	}
	_, err = delegation.SignReceipt(nil, r)
	require.ErrorIs(t, err, delegation.ErrReceipt)
	r.Rule, r.Permitted = 0, false
	_, err = delegation.SignReceipt(keeper, r)
	require.ErrorIs(t, err, delegation.ErrReceipt)
}

// A receipt that is read, and signed again as it was read, is the same.
func FuzzReceipt(f *testing.F) {
	tok, r := receipted(f)
	for _, change := range []func(*delegation.Receipt){
		func(*delegation.Receipt) {},
		func(r *delegation.Receipt) { r.Permitted, r.Rule, r.Link = false, delegation.ErrBudget, 2 },
		func(r *delegation.Receipt) { r.Left = map[string]int64{"a": 1} },
		func(r *delegation.Receipt) { r.Log = &delegation.Logged{Origin: "o", Index: 1, Proof: "p"} },
	} {
		c := r
		change(&c)
		receipt, err := delegation.SignReceipt(keeper, c)
		require.NoError(f, err)
		payload, err := b64.DecodeString(strings.Split(receipt, ".")[1])
		require.NoError(f, err)
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed := tokenOf(t, keeper, map[string]any{"alg": "EdDSA", "typ": "agent-receipt+jwt", "kid": keeper.Method()}, payload)
		got, err := delegation.VerifyReceipt(context.Background(), signed, tok, keeper.DID(), nil)
		if err != nil {
			return
		}
		again, err := delegation.SignReceipt(keeper, *got)
		require.NoError(t, err)
		same, err := delegation.VerifyReceipt(context.Background(), again, tok, keeper.DID(), nil)
		require.NoError(t, err)
		require.Equal(t, got, same)
	})
}

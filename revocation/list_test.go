package revocation_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

var (
	ctx   = context.Background()
	noon  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	alice = personas.New("alice")
	bob   = personas.NewP256("bob")
	mal   = personas.New("mallory")
)

const listURL = "https://status.example/lists/1"

// draft is a list credential to be: what differs between formats follows from
// format.
type draft struct {
	format    revocation.Format
	url       string
	purpose   string
	set       []uint64
	validFrom time.Time
	signer    *did.Signer
	claims    map[string]string                  // members of the subject, JSON, empty to leave out
	edit      func(*vc.Credential)               // the last word
	encoded   string                             // in place of set
	subject   func(json.RawMessage) []vc.Subject // in place of one
}

func (d draft) sign(t testing.TB) []byte {
	t.Helper()
	if d.format == "" {
		d.format = revocation.Bitstring
	}
	if d.url == "" {
		d.url = listURL
	}
	if d.purpose == "" {
		d.purpose = "revocation"
	}
	if d.validFrom.IsZero() {
		d.validFrom = noon
	}
	if d.signer == nil {
		d.signer = alice
	}
	if d.encoded == "" {
		bits, err := revocation.MakeBits(revocation.MinEntries, 1)
		require.NoError(t, err)
		for _, i := range d.set {
			require.NoError(t, bits.Set(i, 1))
		}
		d.encoded, err = bits.Encode(d.format)
		require.NoError(t, err)
	}
	members := map[string]string{
		"id": quote(strings.ReplaceAll(d.url, "#", "/") + "#list"), "type": quote(string(d.format)), "statusPurpose": quote(d.purpose),
		"encodedList": quote(d.encoded),
	}
	for name, value := range d.claims {
		if members[name] = value; value == "" {
			delete(members, name)
		}
	}
	var claims []string
	for name, value := range members {
		claims = append(claims, quote(name)+":"+value)
	}
	slices.Sort(claims)
	raw := json.RawMessage("{" + strings.Join(claims, ",") + "}")
	c := vc.Credential{
		ID: d.url, Type: []string{"VerifiableCredential", string(d.format) + "Credential"},
		ValidFrom: d.validFrom, Subject: []vc.Subject{{Claims: raw}},
	}
	if d.subject != nil {
		c.Subject = d.subject(raw)
	}
	if d.edit != nil {
		d.edit(&c)
	}
	token, err := vc.Sign(c, d.signer, vc.SignOptions{})
	require.NoError(t, err)
	return []byte(token)
}

func quote(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

func more(name, value string) func(*vc.Credential) {
	return func(c *vc.Credential) { c.More = map[string]json.RawMessage{name: json.RawMessage(value)} }
}

func TestVerifyList(t *testing.T) {
	for name, d := range map[string]draft{
		"bitstring":            {set: []uint64{9}},
		"2021":                 {set: []uint64{9}, format: revocation.StatusList2021},
		"2021 of VC 1.1":       {set: []uint64{9}, format: revocation.StatusList2021, edit: func(c *vc.Credential) { c.Context = []string{vc.ContextV1} }},
		"P-256":                {set: []uint64{9}, signer: bob},
		"purposes":             {set: []uint64{9}, claims: map[string]string{"statusPurpose": `["suspension","revocation"]`}},
		"size 1":               {set: []uint64{9}, claims: map[string]string{"statusSize": "1"}},
		"type in an array":     {set: []uint64{9}, claims: map[string]string{"type": `["BitstringStatusList"]`}},
		"unknown members":      {set: []uint64{9}, claims: map[string]string{"note": "{}"}, edit: more("note", "[1]")},
		"a hint that is never": {set: []uint64{9}, claims: map[string]string{"ttl": "9007199254740991"}},
		"expired":              {set: []uint64{9}, edit: func(c *vc.Credential) { c.ValidUntil = noon.Add(time.Second) }},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := revocation.VerifyList(ctx, d.sign(t), []did.DID{alice.DID(), bob.DID()}, nil)
			require.NoError(t, err)
			require.Equal(t, listURL, l.URL())
			require.True(t, l.HasPurpose("revocation"))
			require.True(t, noon.Equal(l.ValidFrom()))
			require.Equal(t, d.format == revocation.StatusList2021, l.Format() == revocation.StatusList2021)
			v, err := l.Bits().At(9)
			require.NoError(t, err)
			require.Equal(t, uint8(1), v)
		})
	}
}

func TestTTLIsTheShorterHint(t *testing.T) {
	d := draft{claims: map[string]string{"ttl": "300000"}, edit: more("ttl", "60000")}
	l, err := revocation.VerifyList(ctx, d.sign(t), []did.DID{alice.DID()}, nil)
	require.NoError(t, err)
	require.Equal(t, time.Minute, l.TTL())
	require.Equal(t, alice.DID(), l.Signer())
}

// TestRule12Lists: what is wrong with a list itself.
func TestRule12Lists(t *testing.T) {
	for name, c := range map[string]struct {
		draft draft
		want  error
	}{
		"signed by a stranger": {draft{signer: mal}, revocation.ErrSigner},
		"id is not https":      {draft{url: "http://status.example/lists/1"}, revocation.ErrURL},
		"id with a fragment":   {draft{url: listURL + "#1"}, revocation.ErrURL},
		"no id":                {draft{edit: func(c *vc.Credential) { c.ID = "" }}, revocation.ErrURL},
		"no list type":         {draft{edit: func(c *vc.Credential) { c.Type = nil }}, revocation.ErrList},
		"both list types": {draft{edit: func(c *vc.Credential) {
			c.Type = append(c.Type, "StatusList2021Credential")
		}}, revocation.ErrList},
		"both list types, 2021": {draft{format: revocation.StatusList2021, edit: func(c *vc.Credential) {
			c.Type = append(c.Type, "BitstringStatusListCredential")
		}}, revocation.ErrList},
		"a task credential too": {draft{edit: func(c *vc.Credential) {
			c.Type = append(c.Type, "AgentTaskCredential")
		}}, revocation.ErrList},
		"subject of the other kind": {draft{claims: map[string]string{"type": `"StatusList2021"`}}, revocation.ErrList},
		"subject of both kinds":     {draft{claims: map[string]string{"type": `["BitstringStatusList","StatusList2021"]`}}, revocation.ErrList},
		"subject without type":      {draft{claims: map[string]string{"type": ""}}, revocation.ErrList},
		"two subjects": {draft{subject: func(raw json.RawMessage) []vc.Subject {
			return []vc.Subject{{Claims: raw}, {Claims: raw}}
		}}, revocation.ErrList},
		"a status of its own": {draft{edit: func(c *vc.Credential) {
			c.Status = []vc.StatusEntry{{Type: "BitstringStatusListEntry", Purpose: "revocation", Index: "9", List: listURL}}
		}}, revocation.ErrList},
		"no validFrom":           {draft{edit: func(c *vc.Credential) { c.ValidFrom = time.Time{} }}, revocation.ErrList},
		"no purpose":             {draft{claims: map[string]string{"statusPurpose": ""}}, revocation.ErrPurpose},
		"purpose null":           {draft{claims: map[string]string{"statusPurpose": "null"}}, revocation.ErrPurpose},
		"purpose of no purposes": {draft{claims: map[string]string{"statusPurpose": "[]"}}, revocation.ErrPurpose},
		"purpose in an object":   {draft{claims: map[string]string{"statusPurpose": `[{"revocation":true}]`}}, revocation.ErrPurpose},
		"too short for size 2":   {draft{claims: map[string]string{"statusSize": "2"}}, revocation.ErrLength},
		"size 0":                 {draft{claims: map[string]string{"statusSize": "0"}}, revocation.ErrList},
		"size 9":                 {draft{claims: map[string]string{"statusSize": "9"}}, revocation.ErrList},
		"size 2 of 2021":         {draft{format: revocation.StatusList2021, claims: map[string]string{"statusSize": "2"}}, revocation.ErrList},
		"one message":            {draft{claims: map[string]string{"statusMessages": `[{"status":"0x0","message":"a"}]`}}, revocation.ErrList},
		"messages as text":       {draft{claims: map[string]string{"statusMessages": `"a"`}}, revocation.ErrList},
		"size as text":           {draft{claims: map[string]string{"statusSize": `"1"`}}, revocation.ErrList},
		"ttl as text":            {draft{claims: map[string]string{"ttl": `"300000"`}}, revocation.ErrList},
		"ttl as text outside":    {draft{edit: more("ttl", `"300000"`)}, revocation.ErrList},
		"ttl below 0":            {draft{claims: map[string]string{"ttl": "-1"}}, revocation.ErrList},
		"ttl null":               {draft{edit: more("ttl", "null")}, revocation.ErrList},
		"TTL":                    {draft{edit: more("TTL", "1")}, revocation.ErrList},
		"EncodedList":            {draft{claims: map[string]string{"EncodedList": `"uH4sI"`}}, revocation.ErrList},
		"\u017ftatusPurpose":     {draft{claims: map[string]string{"\u017ftatusPurpose": `"suspension"`}}, revocation.ErrList},
		"no list":                {draft{claims: map[string]string{"encodedList": ""}}, revocation.ErrEncoding},
		"list null":              {draft{claims: map[string]string{"encodedList": "null"}}, revocation.ErrList},
		"list of the other kind": {draft{encoded: strings.Repeat("H4sI", 40)}, revocation.ErrEncoding},
		"short list":             {draft{encoded: bitstring(pack(make([]byte, 8)))}, revocation.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := revocation.VerifyList(ctx, c.draft.sign(t), []did.DID{alice.DID()}, nil)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, l)
		})
	}
	_, err := revocation.VerifyList(ctx, draft{}.sign(t), nil, nil)
	require.ErrorIs(t, err, revocation.ErrSigner, "nobody is trusted")
	_, err = revocation.VerifyList(ctx, make([]byte, 1<<20+1), []did.DID{alice.DID()}, nil)
	require.ErrorIs(t, err, revocation.ErrSize)
	forged := draft{}.sign(t)
	forged[len(forged)-20] ^= 1
	_, err = revocation.VerifyList(ctx, forged, []did.DID{alice.DID()}, nil)
	require.ErrorIs(t, err, revocation.ErrSigner)
	require.ErrorIs(t, err, vc.ErrSignature)
}

// dialled counts what a resolver is asked.
type dialled struct{ n int }

func (d *dialled) Resolve(context.Context, did.DID) (*did.Document, error) {
	d.n++
	return nil, did.ErrNotFound
}

func TestNobodyButSignersIsResolved(t *testing.T) {
	web, err := did.Parse("did:web:evil.example")
	require.NoError(t, err)
	evil, err := mal.As(web, "key-1")
	require.NoError(t, err)
	var r dialled
	_, err = revocation.VerifyList(ctx, draft{signer: evil}.sign(t), []did.DID{alice.DID()}, &r)
	require.ErrorIs(t, err, revocation.ErrSigner)
	require.Zero(t, r.n)
	_, err = revocation.VerifyList(ctx, draft{signer: evil}.sign(t), []did.DID{web}, &r)
	require.ErrorIs(t, err, revocation.ErrSigner)
	require.Equal(t, 1, r.n)
}

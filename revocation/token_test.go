package revocation_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

func deflated(data []byte) string {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(data)
	w.Close()
	return base64.RawURLEncoding.EncodeToString(out.Bytes())
}

// token is a Status List Token by signer.
func token(t testing.TB, signer *did.Signer, edit func(claims map[string]any)) []byte {
	t.Helper()
	claims := map[string]any{
		"sub": listURL, "iat": noon.Unix(), "ttl": 60,
		"status_list": map[string]any{"bits": 2, "lst": deflated([]byte{0b11_10_01_00, 1})},
	}
	if edit != nil {
		edit(claims)
	}
	payload, err := json.Marshal(claims)
	require.NoError(t, err)
	h := jose.Header{Alg: signer.Key().Algorithm(), Typ: "statuslist+jwt", Kid: signer.Method()}
	text, err := jose.Sign(h, payload, signer.Sign)
	require.NoError(t, err)
	return []byte(text)
}

func tokenEntry(index uint64) vc.StatusEntry {
	e, err := revocation.ParseTokenEntry(fmt.Appendf(nil, `{"status_list":{"idx":%d,"uri":%q}}`, index, listURL))
	if err != nil {
		panic(err)
	}
	return e
}

// TestTokenStatusList: values begin at the least significant bit, and the types of
// section 7.1 are understood.
func TestTokenStatusList(t *testing.T) {
	b := revocation.NewBundle()
	require.NoError(t, b.Add(listURL, token(t, alice, nil)))
	k := checker(t, b, revocation.Policy{})
	for index, want := range []vc.Mode{vc.Normal, vc.Revoked, vc.Suspended, 0, vc.Revoked, vc.Normal, vc.Normal, vc.Normal, 0} {
		for range 2 {
			s, err := k.CheckStatus(ctx, request(tokenEntry(uint64(index))))
			switch index {
			case 3:
				require.ErrorIs(t, err, revocation.ErrPurpose, "its meaning is the application's")
			case 8:
				require.ErrorIs(t, err, revocation.ErrRange)
			default:
				require.NoError(t, err)
				require.Equal(t, want, s.Mode, "entry %d", index)
				require.True(t, noon.Equal(s.AsOf))
			}
		}
	}
	l, err := revocation.VerifyList(ctx, token(t, bob, nil), []did.DID{bob.DID()}, nil)
	require.NoError(t, err)
	require.Equal(t, revocation.TokenStatusList, l.Format())
	require.Equal(t, time.Minute, l.TTL())
	require.Equal(t, 2, l.Bits().Size())
	require.Nil(t, l.Purposes())
	v, err := l.Bits().At(3)
	require.NoError(t, err)
	require.Equal(t, uint8(3), v)
	_, err = l.Bits().Encode(revocation.Bitstring)
	require.ErrorIs(t, err, revocation.ErrEncoding)
}

func TestTokenSizes(t *testing.T) {
	for bits, want := range map[int][]uint8{1: {0, 0, 1, 0, 1, 1, 0, 0, 1}, 2: {0, 1, 3, 0, 1}, 4: {4, 3, 1}, 8: {0x34, 0x01}} {
		b, err := revocation.Decode(revocation.TokenStatusList, bits, deflated([]byte{0b0011_0100, 1}))
		require.NoError(t, err)
		for i, v := range want {
			got, err := b.At(uint64(i))
			require.NoError(t, err)
			require.Equal(t, v, got, "entry %d of %d bits", i, bits)
		}
		require.NoError(t, b.Set(1, 1))
		got, _ := b.At(1)
		require.Equal(t, uint8(1), got)
		first, _ := b.At(0)
		require.Equal(t, want[0], first)
	}
	for name, text := range map[string]string{
		"gzip":         base64.RawURLEncoding.EncodeToString(pack([]byte{1})),
		"empty":        "",
		"cut":          deflated([]byte{1, 2, 3})[:12],
		"more":         deflated([]byte{1, 2, 3}) + "AAAA",
		"a dictionary": base64.RawURLEncoding.EncodeToString([]byte{0x78, 0xbb, 0, 0, 0, 1, 3, 0, 0, 0, 0, 1}),
		"checksum":     base64.RawURLEncoding.EncodeToString([]byte{0x78, 0x9c, 3, 0, 0, 0, 0, 2}),
		"a bomb":       deflated(make([]byte, 2<<20+1)),
		"padded":       deflated([]byte{1, 2}) + "=",
	} {
		_, err := revocation.Decode(revocation.TokenStatusList, 1, text)
		require.ErrorIs(t, err, revocation.ErrEncoding, name)
	}
	_, err := revocation.Decode(revocation.TokenStatusList, 1, deflated(make([]byte, 2<<20)))
	require.NoError(t, err)
	_, err = revocation.Decode(revocation.TokenStatusList, 3, deflated(nil))
	require.ErrorIs(t, err, revocation.ErrList)
}

func TestTokensRefused(t *testing.T) {
	list := func(m map[string]any) map[string]any { return m["status_list"].(map[string]any) }
	for name, c := range map[string]struct {
		signer *did.Signer
		edit   func(map[string]any)
		want   error
	}{
		"by a stranger":    {mal, nil, revocation.ErrSigner},
		"iss of another":   {alice, func(m map[string]any) { m["iss"] = mal.DID().String() }, revocation.ErrSigner},
		"no sub":           {alice, func(m map[string]any) { delete(m, "sub") }, revocation.ErrURL},
		"sub is http":      {alice, func(m map[string]any) { m["sub"] = "http://status.example/" }, revocation.ErrURL},
		"no iat":           {alice, func(m map[string]any) { delete(m, "iat") }, revocation.ErrList},
		"iat as text":      {alice, func(m map[string]any) { m["iat"] = "1" }, revocation.ErrList},
		"iat in ms":        {alice, func(m map[string]any) { m["iat"] = noon.UnixMilli() }, revocation.ErrList},
		"ttl 0":            {alice, func(m map[string]any) { m["ttl"] = 0 }, revocation.ErrList},
		"ttl below 0":      {alice, func(m map[string]any) { m["ttl"] = -1 }, revocation.ErrList},
		"no list":          {alice, func(m map[string]any) { delete(m, "status_list") }, revocation.ErrList},
		"no bits":          {alice, func(m map[string]any) { delete(list(m), "bits") }, revocation.ErrList},
		"no lst":           {alice, func(m map[string]any) { delete(list(m), "lst") }, revocation.ErrList},
		"bits 3":           {alice, func(m map[string]any) { list(m)["bits"] = 3 }, revocation.ErrList},
		"bits as text":     {alice, func(m map[string]any) { list(m)["bits"] = "2" }, revocation.ErrList},
		"lst of gzip":      {alice, func(m map[string]any) { list(m)["lst"] = base64.RawURLEncoding.EncodeToString(pack([]byte{1})) }, revocation.ErrEncoding},
		"Sub":              {alice, func(m map[string]any) { m["Sub"] = listURL }, revocation.ErrList},
		"\u017ftatus_list": {alice, func(m map[string]any) { m["\u017ftatus_list"] = 1 }, revocation.ErrList},
		"Bits":             {alice, func(m map[string]any) { list(m)["Bits"] = 1 }, revocation.ErrList},
	} {
		l, err := revocation.VerifyList(ctx, token(t, c.signer, c.edit), []did.DID{alice.DID()}, nil)
		require.ErrorIs(t, err, c.want, name)
		require.Nil(t, l, name)
	}
	forged := token(t, alice, nil)
	forged[len(forged)-20] ^= 1
	_, err := revocation.VerifyList(ctx, forged, []did.DID{alice.DID()}, nil)
	require.ErrorIs(t, err, revocation.ErrSigner)
}

// TestTokenTimes: exp ends a token, nbf begins it, and its age counts from iat
// whatever nbf says.
func TestTokenTimes(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(map[string]any)
		want error
	}{
		"exp passed": {func(m map[string]any) { m["exp"] = noon.Unix() + 60 }, revocation.ErrExpired},
		"exp later":  {func(m map[string]any) { m["exp"] = noon.Unix() + 61 }, nil},
		"nbf later":  {func(m map[string]any) { m["nbf"] = noon.Unix() + 61 }, revocation.ErrNotYetValid},
		"nbf passed": {func(m map[string]any) { m["nbf"] = noon.Unix() + 60 }, nil},
		"prepared":   {func(m map[string]any) { m["iat"], m["nbf"] = noon.Unix()-241, noon.Unix() }, revocation.ErrStale},
		"fraction":   {func(m map[string]any) { m["iat"] = float64(noon.Unix()) + 60.5 }, revocation.ErrNotYetValid},
	} {
		b := revocation.NewBundle()
		require.NoError(t, b.Add(listURL, token(t, alice, c.edit)))
		_, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(tokenEntry(0)))
		require.ErrorIs(t, err, c.want, name)
	}
}

// TestKindsDoNotCross: an entry of one kind is never looked up in a list of
// another.
func TestKindsDoNotCross(t *testing.T) {
	b := revocation.NewBundle()
	require.NoError(t, b.Add(listURL, token(t, alice, nil)))
	_, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(entry(0)))
	require.ErrorIs(t, err, revocation.ErrList)
	_, err = checker(t, bundle(t, draft{}), revocation.Policy{}).CheckStatus(ctx, request(tokenEntry(0)))
	require.ErrorIs(t, err, revocation.ErrList)
	e := tokenEntry(0)
	e.Purpose = "revocation"
	_, err = checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(e))
	require.ErrorIs(t, err, revocation.ErrPurpose)
}

func TestParseTokenEntry(t *testing.T) {
	e, err := revocation.ParseTokenEntry([]byte(`{"status_list":{"uri":"https://status.example/lists/1","idx":0}}`))
	require.NoError(t, err)
	require.Equal(t, vc.StatusEntry{Type: "TokenStatusList", Index: "0", List: listURL}, e)
	for text, want := range map[string]error{
		``:   revocation.ErrEntry,
		`{}`: revocation.ErrEntry,
		`[]`: revocation.ErrEntry,
		`{"status_list":{"uri":"https://a.example/"}}`:                                          revocation.ErrEntry,
		`{"status_list":{"idx":0}}`:                                                             revocation.ErrURL,
		`{"status_list":{"idx":"0","uri":"https://a.example/"}}`:                                revocation.ErrEntry,
		`{"status_list":{"idx":-1,"uri":"https://a.example/"}}`:                                 revocation.ErrEntry,
		`{"status_list":{"idx":1.5,"uri":"https://a.example/"}}`:                                revocation.ErrEntry,
		`{"status_list":{"idx":0,"uri":"http://a.example/"}}`:                                   revocation.ErrURL,
		`{"status_list":{"idx":0,"uri":"https://a.example/","more":1}}`:                         revocation.ErrEntry,
		`{"status_list":{"idx":0,"uri":"https://a.example/"},"status_attestation":{}}`:          revocation.ErrEntry,
		`{"status_list":{"idx":0,"idx":1,"uri":"https://a.example/"}}`:                          revocation.ErrEntry,
		`{"status_list":{"idx":0,"uri":"https://a.example/` + strings.Repeat("a", 2048) + `"}}`: revocation.ErrURL,
	} {
		_, err := revocation.ParseTokenEntry([]byte(text))
		require.ErrorIs(t, err, want, text)
	}
}

// TestPeerTokens verifies the Status List Tokens of another library and altered
// copies of them.
func TestPeerTokens(t *testing.T) {
	zr, err := gzip.NewReader(bytes.NewReader(vectors.Read(t, "peers", "corpus.ndjson.gz")))
	require.NoError(t, err)
	lines, n := bufio.NewScanner(zr), 0
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var d peerDoc
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		if d.Format != "token-status-list" {
			continue
		}
		n++
		t.Run(d.File, func(t *testing.T) {
			issuer, err := did.Parse(d.Issuer)
			require.NoError(t, err)
			b := revocation.NewBundle()
			const url = "https://status.agents.test/tsl/p256"
			require.NoError(t, b.Add(url, []byte(d.Body)))
			k := checker(t, b, revocation.Policy{MaxStaleness: 10 * 365 * 24 * time.Hour})
			mode := func(index string) (vc.Mode, error) {
				req := request(vc.StatusEntry{Type: "TokenStatusList", Index: index, List: url})
				req.Signers, req.Now = []did.DID{issuer}, peerTime
				s, err := k.CheckStatus(ctx, req)
				return s.Mode, err
			}
			got, err := mode("9")
			if d.Expected == "invalid" || d.Recommend == "invalid" || strings.Contains(d.File, "dup-") {
				require.Error(t, err, d.Reason)
				return
			}
			require.NoError(t, err, d.Reason)
			require.Equal(t, vc.Revoked, got)
			got, err = mode("10")
			require.NoError(t, err)
			require.Equal(t, vc.Normal, got)
			got, err = mode("999")
			require.NoError(t, err)
			require.Equal(t, vc.Revoked, got)
		})
	}
	require.Equal(t, 23, n)
}

// TestPeerSDJWTs verifies credentials of another library that point into its list.
func TestPeerSDJWTs(t *testing.T) {
	zr, err := gzip.NewReader(bytes.NewReader(vectors.Read(t, "peers", "corpus.ndjson.gz")))
	require.NoError(t, err)
	lines, credentials, b := bufio.NewScanner(zr), map[bool]string{}, revocation.NewBundle()
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var d peerDoc
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		switch {
		case d.Format == "token-status-list" && d.Expected == "valid":
			require.NoError(t, b.Add(d.URL, []byte(d.Body)))
		case d.Format == "sd-jwt-vc" && d.StatusRef.URL != "":
			credentials[d.StatusRef.Set] = strings.TrimSpace(d.Body)
		}
	}
	require.NoError(t, lines.Err())
	require.Len(t, credentials, 2)
	opts := sdjwt.VerifyOptions{AnyType: true, Unbound: true, VerifyOptions: vc.VerifyOptions{
		AnyIssuer: true, Now: peerTime, Status: checker(t, b, revocation.Policy{MaxStaleness: 10 * 365 * 24 * time.Hour}),
	}}
	_, err = sdjwt.Verify(ctx, []byte(credentials[false]), opts)
	require.NoError(t, err)
	_, err = sdjwt.Verify(ctx, []byte(credentials[true]), opts)
	require.ErrorContains(t, err, "revoked")
}

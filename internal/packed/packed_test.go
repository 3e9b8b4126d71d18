package packed_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/packed"
	"github.com/taperid/taper/internal/personas"
)

var b64 = base64.RawURLEncoding

// jws makes a token of any header and payload, with a signature of n bytes.
func jws(header, payload string, n int) string {
	return b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload)) + "." +
		b64.EncodeToString(bytes.Repeat([]byte{0xa5}, n))
}

func header(alg, kid string) string {
	return fmt.Sprintf(`{"alg":%q,"typ":"vc+jwt","kid":%q}`, alg, kid)
}

// like makes a link of the shape that signers write.
func like(i int, parent string) string {
	issuer, subject := personas.New(fmt.Sprint("agent ", i)), personas.New(fmt.Sprint("agent ", i+1))
	return jws(header("EdDSA", issuer.Method()), fmt.Sprintf(
		`{"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/taper/v1"],"id":"urn:uuid:7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b%02x",`+
			`"type":["VerifiableCredential","AgentTaskCredential"],"issuer":%q,"validFrom":"2026-11-23T07:00:00Z","validUntil":"2026-11-23T07:30:00Z",`+
			`"credentialSubject":{"id":%q,"type":"Agent","parent":{"digestMultibase":%q}}}`, i, issuer.DID(), subject.DID(), parent), 64)
}

// samples are chains of every kind of link, and of texts that no signer writes.
func samples() map[string][]string {
	var chain []string
	parent := ""
	for i := range 4 {
		chain = append(chain, like(i, parent))
		parent = multikey.Digest([]byte(chain[i]))
	}
	p256 := personas.NewP256("erin")
	return map[string][]string{
		"none":            nil,
		"chain":           chain,
		"the same twice":  {chain[1], chain[1]},
		"es256":           {jws(header("ES256", p256.Method()), fmt.Sprintf(`{"issuer":%q,"x":"é \u0000"}`, p256.DID()), 64)},
		"spaces":          {jws(header("EdDSA", personas.New("a").Method()), fmt.Sprintf(`{ "issuer": %q }`, personas.New("a").DID()), 64)},
		"other header":    {jws(`{"typ":"vc+jwt","alg":"EdDSA","kid":"did:web:a#b"}`, `{"issuer":"did:web:a"}`, 64)},
		"large signature": {jws(`{"typ":"vc+jwt","alg":"ES512","kid":"did:web:a#b"}`, `{}`, 132)},
		"empty":           {".."},
		"objects": {
			`{"issuer":"did:key:z6Mk","proof":{"proofValue":"` + multikey.EncodeBase58(bytes.Repeat([]byte{7}, 64)) + `"}}`,
			`{"proof":{"proofValue":"` + multikey.EncodeBase58(make([]byte, 64)) + `"},"z":"uEi7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b11"}`,
		},
		"nearly forms": {`{"a":"7B0E5C1E-6d0e-4d7e-9d5f-2f6f3a1c9b11","b":"2026-13-23T07:00:00Z","c":"2206-11-23T07:00:00Z","d":"1969-12-31T23:59:59Z","e":"uEi` +
			strings.Repeat("_", 44) + `","f":"did:key:z6Mk` + strings.Repeat("z", 44) + `","g":"did:key:zDn` + strings.Repeat("0", 46) + `","h":"proofValue":"z0"}`},
		"long copies":   {`{"` + strings.Repeat(`"abcdefgh`, 9000) + `"}`, `{"` + strings.Repeat(`"abcdefgh`, 9000) + `"}`},
		"bytes":         {jws("\x00\x1f\x7f\x80\xff", "\"\"\"\"\"\"\"\"////////", 0)},
		"forms forever": {`{"a":"` + strings.Repeat("2026-11-23T07:00:00Z", 500) + `"}`},
	}
}

func TestPackedIsTheSameChain(t *testing.T) {
	for name, links := range samples() {
		t.Run(name, func(t *testing.T) {
			text, err := packed.Pack(links)
			require.NoError(t, err)
			require.Equal(t, byte(packed.Start), text[0])
			got, err := packed.Unpack(text, 16)
			require.NoError(t, err)
			require.Equal(t, links, got)
		})
	}
}

func TestPackedIsSmall(t *testing.T) {
	links := samples()["chain"]
	text, err := packed.Pack(links)
	require.NoError(t, err)
	array, err := json.Marshal(links)
	require.NoError(t, err)
	require.Less(t, len(text), len(array)/4)
}

func TestPackRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		link string
		err  error
	}{
		"two parts":       {"a.b", packed.ErrForm},
		"no base64":       {"a.b.c", packed.ErrForm},
		"too large":       {"{" + strings.Repeat(" ", packed.MaxSize), packed.ErrSize},
		"does not shrink": {"{" + strings.Repeat("0123456789", packed.MaxText/10), packed.ErrSize},
		"huge signature":  {jws("{}", "{}", 1<<16), packed.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := packed.Pack([]string{tt.link})
			require.ErrorIs(t, err, tt.err)
		})
	}
}

func TestUnpackRefuses(t *testing.T) {
	pack := func(b ...byte) string { return b64.EncodeToString(append([]byte{1}, b...)) }
	bomb := []byte{4, '{'}
	for range 20 {
		bomb = append(bomb, 0xff, 0xff, 0x40, 0x43)
	}
	for name, tt := range map[string]struct {
		text string
		err  error
	}{
		"nothing":                   {"", packed.ErrForm},
		"JSON":                      {`["a"]`, packed.ErrForm},
		"padding":                   {"AQ==", packed.ErrForm},
		"line end":                  {"A\nQ", packed.ErrForm},
		"trailing bits":             {"AR", packed.ErrForm},
		"version 2":                 {"Ag", packed.ErrForm},
		"kind 0":                    {pack(0), packed.ErrForm},
		"kind 5":                    {pack(5), packed.ErrForm},
		"ends in a text":            {pack(4, '{'), packed.ErrForm},
		"ends in a copy":            {pack(4, '{', 0x80, 1), packed.ErrForm},
		"ends in a form":            {pack(4, '{', 3, 1), packed.ErrForm},
		"ends in a signature":       {pack(1, 0, 1), packed.ErrForm},
		"ends before a signature":   {pack(3, 'a', 0, 'b', 0, 0), packed.ErrForm},
		"a copy of nothing":         {pack(4, '{', 0x80, 0xff, 0xff, 0), packed.ErrForm},
		"a copy of itself":          {pack(4, '{', 0x80, 0, 1, 0), packed.ErrForm},
		"an unknown code":           {pack(4, '{', 0x10, 0), packed.ErrForm},
		"DEL":                       {pack(4, '{', 0x7f, 0), packed.ErrForm},
		"a byte that needs no mark": {pack(4, '{', 0x1f, 'a', 0), packed.ErrForm},
		"a copy that may not begin": {pack(4, '{', 'a', 'b', 'c', 'd', 0x80, 0, 4, 0), packed.ErrForm},
		"letters for a copy":        {pack(append([]byte{4}, append([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"`), 0)...)...), packed.ErrForm},
		"letters for a form":        {pack(append([]byte{4}, append([]byte(`{2026-11-23T07:00:00Z`), 0)...)...), packed.ErrForm},
		"a header for its kind": {pack(append(append([]byte{3}, append([]byte(header("EdDSA", "did:key:a#a")+"\x00"+`{"issuer":"did:key:a"}`), 0, 0, 64)...),
			make([]byte, 64)...)...), packed.ErrForm},
		"no issuer for its kind": {pack(append([]byte{1, '{', '}', 0}, make([]byte, 64)...)...), packed.ErrForm},
		"an object of kind JWS":  {pack(4, 'a', 0), packed.ErrForm},
		"a bomb":                 {pack(append(bomb, 0)...), packed.ErrForm},
		"a long text":            {strings.Repeat("A", packed.MaxText+1), packed.ErrSize},
		"too many links":         {pack(bytes.Repeat([]byte{4, '{', '}', 0}, 17)...), packed.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := packed.Unpack(tt.text, 16)
			require.ErrorIs(t, err, tt.err)
			require.Nil(t, got)
		})
	}
}

// A bomb copies what it has, again and again. It is found before it goes off.
func TestUnpackIsBounded(t *testing.T) {
	body := []byte{1, 4, '{'}
	for range 4200 { // of literals, so that there is something to copy
		body = append(body, 'a')
	}
	for range 4000 {
		body = append(body, 0xc0|0x0f, 0xbc, 0x10, 0x00) // 4,096 bytes from 4,096 back
	}
	text := b64.EncodeToString(append(body, 0))
	require.Less(t, len(text), packed.MaxText)
	allocated := testing.AllocsPerRun(1, func() {
		_, err := packed.Unpack(text, 16)
		require.ErrorIs(t, err, packed.ErrSize)
	})
	require.Less(t, allocated, 100.0)
}

// What is accepted packs to the same text again, and no other text is accepted
// for the same links.
func FuzzUnpack(f *testing.F) {
	for _, links := range samples() {
		if text, err := packed.Pack(links); err == nil && len(text) < 8000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		links, err := packed.Unpack(text, 16)
		if err != nil {
			return
		}
		again, err := packed.Pack(links)
		require.NoError(t, err)
		require.Equal(t, text, again)
	})
}

// Whatever can be packed comes out again.
func FuzzPack(f *testing.F) {
	for _, links := range samples() {
		if len(links) == 2 && len(links[0]) < 8000 {
			f.Add([]byte(links[0]), []byte(links[1]), []byte("sig"))
		}
	}
	f.Fuzz(func(t *testing.T, a, b, sig []byte) {
		links := []string{b64.EncodeToString(a) + "." + b64.EncodeToString(b) + "." + b64.EncodeToString(sig), "{" + string(b), "{" + string(a)}
		text, err := packed.Pack(links)
		if err != nil {
			require.ErrorIs(t, err, packed.ErrSize)
			return
		}
		got, err := packed.Unpack(text, 16)
		require.NoError(t, err)
		require.Equal(t, links, got)
	})
}

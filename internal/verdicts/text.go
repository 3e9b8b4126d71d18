package verdicts

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/packed"
)

func didKeys() (out []Vector) {
	add := func(title, name string, expect object) {
		out = append(out, Vector{title, object{"kind": "did", "did": name}, expect})
	}
	keyed := func(codec string, body []byte) string {
		return "did:key:z" + multikey.EncodeBase58(append(get(hex.DecodeString(codec)), body...))[1:]
	}
	for _, name := range []did.KeyType{did.Ed25519, did.P256, did.P384, did.Secp256k1} {
		s := seeded(name, map[bool]int{true: 48, false: 32}[name == did.P384])
		add("a key of "+string(name), s.DID().String(), accepts(object{"keyType": string(name), "publicKeyHex": hex.EncodeToString(s.Key().Bytes())}))
		add("a method of "+string(name), s.Method(), accepts(object{"keyType": string(name)}))
		add("a did:jwk of "+string(name), s.Key().AsJWK().String(), accepts(object{"keyType": string(name)}))
	}
	alice := ed("alice")
	raw := alice.Key().Bytes()
	text := strings.TrimPrefix(alice.DID().String(), "did:key:")
	no := object{"verdict": "reject"}
	nist := p256("alice").Key().Bytes()
	for _, c := range []struct{ title, name string }{
		{"another fragment", alice.DID().String() + "#key-1"},
		{"a fragment of another key", alice.DID().String() + "#" + strings.TrimPrefix(ed("bob").DID().String(), "did:key:")},
		{"a key of 31 bytes", keyed("ed01", raw[:31])},
		{"a key of 33 bytes", keyed("ed01", append(bytes.Clone(raw), 0))},
		{"no key", keyed("ed01", nil)},
		{"a point of small order: 0", keyed("ed01", make([]byte, 32))},
		{"a point of small order: 1", keyed("ed01", append([]byte{1}, make([]byte, 31)...))},
		{"an encoding that is not canonical", keyed("ed01", append(bytes.Repeat([]byte{0xff}, 31), 0x7f))},
		{"a y that is no point", keyed("ed01", append([]byte{2}, make([]byte, 31)...))},
		{"P-256, uncompressed", keyed("8024", append([]byte{4}, make([]byte, 64)...))},
		{"P-256, an x that is no point", keyed("8024", append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...))},
		{"P-256, x = 0", keyed("8024", append([]byte{2}, make([]byte, 32)...))},
		{"P-256, another first byte", keyed("8024", append([]byte{5}, nist[1:]...))},
		{"P-256, of 32 bytes", keyed("8024", nist[:32])},
		{"an Ed25519 key as P-256", keyed("8024", raw)},
		{"RSA", keyed("8524", make([]byte, 270))},
		{"BLS12-381", keyed("eb01", make([]byte, 96))},
		{"ML-DSA-44", keyed("9024", make([]byte, 40))},
		{"a private key", keyed("8026", make([]byte, 32))},
		{"an unknown codec", keyed("0102", raw)},
		{"a codec that is not the shortest varint", keyed("ed8100", raw)},
		{"a text in base64url", "did:key:u7QHlQ"},
		{"no multibase", "did:key:" + text[1:]},
		{"a character that base58 lacks", "did:key:" + text[:10] + "0" + text[11:]},
		{"a leading 1", "did:key:z1" + text[1:]},
		{"capitals in the method", "did:KEY:" + text},
		{"capitals in the scheme", "DID:key:" + text},
		{"white space", alice.DID().String() + " "},
		{"no key at all", "did:key:"},
		{"another version", "did:key:1.1:" + text},
		{"a did:web, which has no key of its own", "did:web:example.com"},
		{"no DID", "alice"},
		{"an empty text", ""},
		{"a did:jwk of nothing", "did:jwk:e30"},
	} {
		add(c.title, c.name, no)
	}
	return out
}

func packedForms() (out []Vector) {
	add := func(title, form string, expect object) {
		out = append(out, Vector{title, onChain(text(form), nil), expect})
	}
	pack := func(links []raw) string {
		var texts []string
		for _, l := range links {
			if l[0] == '"' {
				texts = append(texts, tokenText(l))
			} else {
				texts = append(texts, string(l))
			}
		}
		return get(packed.Pack(texts))
	}
	chain := links(four(), nil)
	whole := pack(chain)
	add("three tokens", whole, accepts(object{"depth": 3, "digest": digestOf(chain[2])}))
	add("one token", pack(chain[:1]), accepts(object{"depth": 1, "digest": digestOf(chain[0])}))
	for mix := 1; mix < 8; mix++ {
		c := map[int]change{}
		for i := range 3 {
			c[i] = change{document: mix>>i&1 == 1}
		}
		l := links(four(), c)
		add(fmt.Sprintf("documents and tokens %03b", mix), pack(l), accepts(object{"depth": 3, "digest": digestOf(l[2])}))
	}
	nist := links([]*did.Signer{p256("alice"), p256("bob")}, nil)
	out = append(out, Vector{"P-256", onChain(text(pack(nist)), object{"roots": []any{p256("alice").DID().String()}}), accepts(object{"digest": digestOf(nist[0])})})
	own := links(four(), map[int]change{0: {header: set("cty", "vc")}})
	add("a token with another header", pack(own), accepts(object{"depth": 3, "digest": digestOf(own[2])}))
	strange := links(four(), map[int]change{0: {text: func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"type":"Agent"`), []byte("\n\"type\" :\x20\"Ag\\u0065nt\""), 1)
	}}})
	add("a payload with white space and escapes", pack(strange), accepts(object{"depth": 3, "digest": digestOf(strange[2])}))
	timed := links(people(16), nil)
	add("16 links", pack(timed), accepts(object{"depth": 16, "digest": digestOf(timed[15])}))
	add("17 links", pack(links(people(17), nil)), refuses(1, -1))
	forged := links(four(), map[int]change{1: {token: flip}})
	add("a signature that is wrong", pack(forged), refuses(4, 1))
	no := refuses(1, -1)
	body := get(base64.RawURLEncoding.DecodeString(whole))
	edit := func(title string, f func(b []byte) []byte) { add(title, b64(f(bytes.Clone(body))), no) }
	add("padding", whole+"=", no)
	add("a line end", whole[:8]+"\n"+whole[8:], no)
	add("a character more", whole+"A", no)
	add("cut", whole[:len(whole)-4], no)
	add("no links", "AQ", no)
	add("trailing bits", "AR", no)
	edit("version 2", func(b []byte) []byte { b[0] = 2; return b })
	edit("kind 0", func(b []byte) []byte { b[1] = 0; return b })
	edit("kind 5", func(b []byte) []byte { b[1] = 5; return b })
	edit("kind 2 of an Ed25519 token", func(b []byte) []byte { b[1] = 2; return b })
	edit("a byte more", func(b []byte) []byte { return append(b, 0) })
	raws := func(title string, b ...byte) { add(title, b64(append([]byte{1}, b...)), no) }
	raws("a text without end", 4, '{')
	raws("a text that ends in a copy", 4, '{', 0x80, 1)
	raws("a text that ends in a form", 4, '{', 3, 1)
	raws("a signature that is cut", 1, 0, 1)
	raws("a copy of what is not there", 4, '{', 0x80, 0xff, 0xff, 0)
	raws("a copy that reaches into itself", 4, '{', 0x80, 0, 1, 0)
	raws("an unknown code", 4, '{', 0x10, 0)
	raws("0x7f", 4, '{', 0x7f, 0)
	raws("a mark before a byte that needs none", 4, '{', 0x1f, 'a', 0)
	raws("a copy that may not begin there", 4, '{', 'a', 'b', 'c', 'd', 0x80, 0, 4, 0)
	raws("letters in the place of a copy", append([]byte{4}, []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"`+"\x00")...)...)
	raws("letters in the place of a time", append([]byte{4}, []byte("{2026-11-23T07:00:00Z\x00")...)...)
	raws("a kind that is not the lowest", append(append([]byte{3}, []byte(`{"alg":"EdDSA","typ":"vc+jwt","kid":"did:key:a#a"}`+"\x00"+`{"issuer":"did:key:a"}`+"\x00")...), append([]byte{0, 64}, make([]byte, 64)...)...)...)
	raws("kind 1 without an issuer", append([]byte{1, '{', '}', 0}, make([]byte, 64)...)...)
	raws("an object that is none", 4, 'a', 0)
	raws("17 objects", bytes.Repeat([]byte{4, '{', '}', 0}, 17)...)
	bomb := append([]byte{4, '{'}, bytes.Repeat([]byte("a"), 4200)...)
	raws("a bomb", append(append(bomb, bytes.Repeat([]byte{0xcf, 0xbc, 0x10, 0}, 400)...), 0)...)
	add("65,537 characters", strings.Repeat("A", 65537), no)
	spaced := links(four(), map[int]change{0: {document: true, text: func(b []byte) []byte { return bytes.Replace(b, []byte("{"), []byte("{ "), 1) }}})
	add("a document that is not in canonical form", pack(spaced), no)
	add("a document that nests 33 levels", pack(links(four(), map[int]change{1: {document: true, text: deep(33)}})), refuses(1, 1))
	return out
}

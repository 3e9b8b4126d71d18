package verdicts

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/taperid/taper/did"
)

const listURL = "https://status.example.com/1"

// entry is a credentialStatus entry of index 10, with more.
func entry(more object) object {
	return with(object{
		"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "10", "statusListCredential": listURL,
	}, more)
}

// zipped is a gzip member of data: one block of fixed Huffman codes, with runs. Its
// bytes are always the same, which those of a library are not.
func zipped(data []byte) []byte {
	out := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	var hold uint64
	var held uint
	put := func(bits uint64, n uint) { // least significant bit first
		for hold, held = hold|bits<<held, held+n; held >= 8; hold, held = hold>>8, held-8 {
			out = append(out, byte(hold))
		}
	}
	code := func(bits uint64, n uint) { // most significant bit first
		for i := range n {
			put(bits>>(n-1-i)&1, 1)
		}
	}
	put(3, 3) // the last block, fixed codes
	for i := 0; i < len(data); {
		if run := runOf(data, i); run >= 258 {
			code(0xc5, 8)
			code(0, 5)
			i += 258
			continue
		}
		if data[i] < 144 {
			code(0x30+uint64(data[i]), 8)
		} else {
			code(0x190+uint64(data[i])-144, 9)
		}
		i++
	}
	code(0, 7)
	put(0, 7) // fills the last byte
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(data))
	return binary.LittleEndian.AppendUint32(out, uint32(len(data)))
}

// runOf is how many bytes from i on are the one before.
func runOf(data []byte, i int) (n int) {
	for i > 0 && n < 258 && i+n < len(data) && data[i+n] == data[i-1] {
		n++
	}
	return n
}

// bits are so many bytes of a list, with entries set.
func bits(size int, set ...int) []byte {
	out := make([]byte, size)
	for _, i := range set {
		out[i/8] |= 0x80 >> (i % 8)
	}
	return out
}

// encoded is a Bitstring list of 131,072 entries.
func encoded(set ...int) string { return "u" + b64(zipped(bits(16384, set...))) }

// listDraft is a status list credential to be.
type listDraft struct {
	set    []int
	from   string // validFrom; noon where empty
	signer *did.Signer
	edit   func(credential, subject object)
}

func (d listDraft) sign() string {
	if d.signer == nil {
		d.signer = ed("alice")
	}
	if d.from == "" {
		d.from = noon
	}
	s := object{"id": listURL + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encoded(d.set...)}
	c := object{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": listURL, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": d.signer.DID().String(), "validFrom": d.from, "credentialSubject": s,
	}
	if d.edit != nil {
		d.edit(c, s)
	}
	return signed(d.signer, "vc+jwt", c)
}

// asking is the question what a list says of an entry, of a credential of alice.
func asking(list string, e any, more object) object {
	return with(object{"kind": "statuslist", "list": list, "entry": e, "issuer": ed("alice").DID().String(), "at": noon}, more)
}

func told(value int) object { return accepts(object{"value": value}) }

func statusLists() (out []Vector) {
	add := func(title string, d listDraft, e any, more, expect object) {
		out = append(out, Vector{title, asking(d.sign(), e, more), expect})
	}
	add("clear", listDraft{}, entry(nil), nil, told(0))
	add("set", listDraft{set: []int{10}}, entry(nil), nil, told(1))
	add("the entry before is set", listDraft{set: []int{9, 11}}, entry(nil), nil, told(0))
	add("the first entry", listDraft{set: []int{0}}, entry(object{"statusListIndex": "0"}), nil, told(1))
	add("the last entry", listDraft{set: []int{131071}}, entry(object{"statusListIndex": "131071"}), nil, told(1))
	add("an entry beyond the list", listDraft{}, entry(object{"statusListIndex": "131072"}), nil, rejected("range"))
	add("signed with P-256", listDraft{signer: p256("oscar"), set: []int{10}}, entry(nil), object{"issuer": nil, "issuers": []any{p256("oscar").DID().String()}}, told(1))
	add("signed by a stranger", listDraft{signer: ed("mallory")}, entry(nil), nil, rejected("signer"))
	add("signed by one of several", listDraft{signer: ed("oscar")}, entry(nil), object{"issuers": []any{ed("alice").DID().String(), ed("oscar").DID().String()}}, told(0))
	add("300 s old", listDraft{from: "2026-11-23T11:55:00Z"}, entry(nil), nil, told(0))
	add("301 s old", listDraft{from: "2026-11-23T11:54:59Z"}, entry(nil), nil, rejected("stale"))
	add("301 s old, and skew does not help", listDraft{from: "2026-11-23T11:54:59Z"}, entry(nil), object{"skew": 30}, rejected("stale"))
	add("an hour old, and allowed", listDraft{from: "2026-11-23T11:00:00Z"}, entry(nil), object{"maxStaleness": 3600}, told(0))
	add("from the future", listDraft{from: "2026-11-23T12:00:01Z"}, entry(nil), nil, rejected("notYetValid"))
	add("from the future, within skew", listDraft{from: "2026-11-23T12:00:30Z"}, entry(nil), object{"skew": 30}, told(0))
	until := func(t string) func(c, s object) { return func(c, _ object) { c["validUntil"] = t } }
	add("ends a second later", listDraft{edit: until("2026-11-23T12:00:01Z")}, entry(nil), nil, told(0))
	add("ends now", listDraft{from: "2026-11-23T11:59:00Z", edit: until(noon)}, entry(nil), nil, rejected("expired"))
	add("ended, within skew", listDraft{from: "2026-11-23T11:59:00Z", edit: until(noon)}, entry(nil), object{"skew": 1}, told(0))
	onSubject := func(name string, value any) func(c, s object) {
		return func(_, s object) {
			if s[name] = value; value == nil {
				delete(s, name)
			}
		}
	}
	onList := func(name string, value any) func(c, s object) {
		return func(c, _ object) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
	}
	for _, c := range []struct {
		title  string
		edit   func(c, s object)
		expect object
	}{
		{"several purposes", onSubject("statusPurpose", []any{"suspension", "revocation"}), told(0)},
		{"statusSize 1", onSubject("statusSize", 1), told(0)},
		{"a ttl", onSubject("ttl", 300000), told(0)},
		{"members that nobody knows", onSubject("note", object{}), told(0)},
		{"a purpose of another", onSubject("statusPurpose", "suspension"), rejected("purpose")},
		{"no purpose", onSubject("statusPurpose", nil), rejected("purpose")},
		{"no purposes", onSubject("statusPurpose", []any{}), rejected("purpose")},
		{"a purpose in an object", onSubject("statusPurpose", []any{object{"revocation": true}}), rejected("purpose")},
		{"statusSize 2 of too few bits", onSubject("statusSize", 2), rejected("size")},
		{"statusSize 0", onSubject("statusSize", 0), rejected("list")},
		{"statusSize as text", onSubject("statusSize", "1"), rejected("list")},
		{"ttl as text", onSubject("ttl", "1"), rejected("list")},
		{"ttl below 0", onSubject("ttl", -1), rejected("list")},
		{"a member that folds like one", onSubject("EncodedList", "uH4sI"), rejected("list")},
		{"a purpose with a long s", onSubject("\u017ftatusPurpose", "suspension"), rejected("list")},
		{"no encodedList", onSubject("encodedList", nil), rejected("encoding")},
		{"encodedList without u", onSubject("encodedList", encoded()[1:]), rejected("encoding")},
		{"the other kind of subject", onSubject("type", "StatusList2021"), rejected("list")},
		{"a subject of both kinds", onSubject("type", []any{"BitstringStatusList", "StatusList2021"}), rejected("list")},
		{"a subject without type", onSubject("type", nil), rejected("list")},
		{"two subjects", func(c, s object) { c["credentialSubject"] = []any{s, s} }, rejected("list")},
		{"no validFrom", onList("validFrom", nil), rejected("list")},
		{"no id", onList("id", nil), rejected("url")},
		{"the id of another URL", onList("id", listURL+"2"), rejected("url")},
		{"an id over http", onList("id", "http://status.example.com/1"), rejected("url")},
		{"no type of a list", onList("type", []any{"VerifiableCredential"}), rejected("list")},
		{"both types of a list", onList("type", []any{"VerifiableCredential", "BitstringStatusListCredential", "StatusList2021Credential"}), rejected("list")},
		{"a list that is a task credential", onList("type", []any{"VerifiableCredential", "BitstringStatusListCredential", "AgentTaskCredential"}), rejected("list")},
		{"a list with a status", onList("credentialStatus", entry(nil)), rejected("list")},
	} {
		add(c.title, listDraft{edit: c.edit}, entry(nil), nil, c.expect)
	}
	add("an entry of StatusList2021", listDraft{}, entry(object{"type": "StatusList2021Entry"}), nil, rejected("list"))
	add("StatusList2021", listDraft{edit: in2021(encoded(10)[1:])}, entry(object{"type": "StatusList2021Entry"}), nil, told(1))
	out = append(out, Vector{"a list that was altered", asking(flip(listDraft{}.sign()), entry(nil), nil), rejected("signature")})
	out = append(out, Vector{"a list under another typ", asking(signed(ed("alice"), "vp+jwt", object{}), entry(nil), nil), rejected("typ")})
	seen := func(title string, prior, present listDraft, expect object) {
		out = append(out, Vector{title, asking(present.sign(), entry(nil), object{"prior": prior.sign()}), expect})
	}
	earlier := "2026-11-23T11:58:00Z"
	seen("cleared after it was seen set", listDraft{set: []int{10}, from: earlier}, listDraft{}, told(1))
	seen("set after it was seen clear", listDraft{from: earlier}, listDraft{set: []int{10}}, told(1))
	seen("an older list than one that was seen", listDraft{}, listDraft{set: []int{10}, from: earlier}, told(0))
	seen("two lists of one time", listDraft{}, listDraft{set: []int{11}}, rejected("equivocation"))
	seen("the same list again", listDraft{}, listDraft{}, told(0))
	return out
}

// in2021 makes a list one of StatusList2021.
func in2021(list string) func(c, s object) {
	return func(c, s object) {
		c["type"] = []any{"VerifiableCredential", "StatusList2021Credential"}
		s["type"], s["encodedList"] = "StatusList2021", list
	}
}

func statusEncodings() (out []Vector) {
	add := func(title, format, list, index string, expect object) {
		out = append(out, Vector{title, object{"kind": "status", "format": format, "encodedList": list, "index": index}, expect})
	}
	const bitstring, old = "BitstringStatusList", "StatusList2021"
	list := bits(16384, 0, 7, 8, 131071)
	good := b64(zipped(list))
	for index, value := range ordered(map[string]int{"0": 1, "1": 0, "7": 1, "8": 1, "9": 0, "131070": 0, "131071": 1}) {
		add("entry "+index, bitstring, "u"+good, index, told(value))
	}
	for _, index := range []string{"131072", "9223372036854775807"} {
		add("index "+index, bitstring, "u"+good, index, rejected("range"))
	}
	for _, index := range []string{"", "-1", "01", "+1", "1.0", "1e1", " 1", "0x1", "١", "10000000000000000000000000000000000000"} {
		add("index "+quoted(index), bitstring, "u"+good, index, object{"verdict": "reject"})
	}
	for title, l := range ordered(map[string]string{
		"no u": good, "another multibase": "U" + good, "base58": "z" + good, "padding": "u" + good + "=", "a line end": "u" + good[:4] + "\n" + good[4:],
		"standard base64": "u" + base64.RawStdEncoding.EncodeToString(append(zipped(list), 0xff, 0xfe)), "empty": "", "u alone": "u", "no gzip": "u" + b64(list[:100]),
		"cut": "u" + b64(zipped(list)[:60]), "without its length": "u" + b64(zipped(list)[:len(zipped(list))-4]), "a byte more": "u" + b64(append(zipped(list), 0)),
		"two members": "u" + b64(append(zipped(list), zipped(list)...)), "a wrong checksum": "u" + b64(changed(zipped(list), -8)), "a wrong length": "u" + b64(changed(zipped(list), -4)),
		"another method": "u" + b64(changed(zipped(list), 2)),
	}) {
		add("encoding: "+title, bitstring, l, "0", object{"verdict": "reject"})
	}
	add("16,383 bytes", bitstring, "u"+b64(zipped(bits(16383))), "0", rejected("size"))
	add("8 bytes", bitstring, "u"+b64(zipped(bits(8))), "0", rejected("size"))
	add("2,097,152 bytes", bitstring, "u"+b64(zipped(bits(2097152, 16777215))), "16777215", told(1))
	add("2,097,153 bytes", bitstring, "u"+b64(zipped(bits(2097153))), "0", rejected("size"))
	add("8 MiB in 13 KB", bitstring, "u"+b64(zipped(bits(8<<20))), "0", rejected("size"))
	for set := []int{0, 7, 8, 131071}; len(zipped(list))%3 != 2; list = bits(16384, set...) {
		set = append(set, 4000*len(set)) // until there is padding
	}
	good = b64(zipped(list))
	std := base64.StdEncoding.EncodeToString(zipped(list))
	add("2021 in base64url", old, good, "7", told(1))
	add("2021 in base64url with padding", old, base64.URLEncoding.EncodeToString(zipped(list)), "7", told(1))
	add("2021 in standard base64 with padding", old, std, "7", told(1))
	add("2021 in standard base64", old, strings.TrimRight(std, "="), "7", told(1))
	add("2021 with u", old, "u"+good, "7", rejected("encoding"))
	add("2021 with too much padding", old, std+"=", "7", rejected("encoding"))
	return out
}

// changed flips a bit of the byte at i, counted from the end where i is below 0.
func changed(data []byte, i int) []byte {
	if i < 0 {
		i += len(data)
	}
	data[i] ^= 1
	return data
}

// listed is a chain of four whose link i has entries, and no other link.
func listed(i int, entries any) raw {
	return array(links(four(), map[int]change{i: {payload: func(p object) { p["credentialStatus"] = entries }}}))
}

func rule12Entry() (out []Vector) {
	lists := object{"lists": object{listURL: listDraft{}.sign()}}
	add := func(title string, i int, entries any, expect object) {
		out = append(out, Vector{title, onChain(listed(i, entries), lists), expect})
	}
	for i, place := range places {
		add("an entry, "+place, i, entry(nil), accepts(object{"mode": "normal"}))
		add("an empty array, "+place, i, []any{}, refuses(12, i))
		add("null, "+place, i, nil, refuses(12, i))
		add("an entry that is a text, "+place, i, "x", refuses(12, i))
	}
	add("an array of one", 0, []any{entry(nil)}, accepts(nil))
	add("an entry and null", 0, []any{entry(nil), nil}, refuses(12, 0))
	add("an id", 0, entry(object{"id": "urn:example:entry"}), accepts(nil))
	add("an id that is the list's", 0, entry(object{"id": listURL}), refuses(12, 0))
	add("an id that is no URI", 0, entry(object{"id": "x"}), refuses(12, 0))
	add("statusSize 1", 0, entry(object{"statusSize": 1}), accepts(nil))
	for title, more := range ordered(map[string]object{
		"an unknown type": {"type": "X"}, "no type": {"type": nil}, "a type in an array": {"type": []any{"BitstringStatusListEntry"}}, "an IETF entry": {"type": "status_list"},
		"purpose message": {"statusPurpose": "message"}, "purpose refresh": {"statusPurpose": "refresh"}, "an unknown purpose": {"statusPurpose": "x"}, "no purpose": {"statusPurpose": nil},
		"purpose in capitals": {"statusPurpose": "Revocation"}, "an index that is a number": {"statusListIndex": 10}, "an index with a zero": {"statusListIndex": "010"},
		"a negative index": {"statusListIndex": "-1"}, "an empty index": {"statusListIndex": ""}, "no index": {"statusListIndex": nil}, "an index with a sign": {"statusListIndex": "+10"},
		"an index of 20 digits": {"statusListIndex": "10000000000000000000"}, "an index beyond the list": {"statusListIndex": "131072"}, "a list over http": {"statusListCredential": "http://status.example.com/1"},
		"a list with a fragment": {"statusListCredential": listURL + "#1"}, "a list with a user": {"statusListCredential": "https://u@status.example.com/1"}, "a list without host": {"statusListCredential": "https:///1"},
		"no list": {"statusListCredential": nil}, "a list of 2,049 bytes": {"statusListCredential": "https://status.example.com/" + strings.Repeat("a", 2022)}, "statusSize 2": {"statusSize": 2},
		"statusSize as text": {"statusSize": "1"}, "a statusMessage": {"statusMessage": []any{}}, "a member that is not listed": {"x": 1}, "a member that folds like one": {"StatusPurpose": "suspension"},
	}) {
		add("an entry with "+title, 0, entry(more), refuses(12, 0))
	}
	many := func(n int) (all []any) {
		for range n {
			all = append(all, entry(nil))
		}
		return all
	}
	add("65 entries", 0, many(65), refuses(12, 0))
	out = append(out, Vector{"a member twice in an entry", onChain(array(links(four(), map[int]change{0: {
		payload: func(p object) { p["credentialStatus"] = entry(nil) },
		text: func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"statusListIndex":"10"`, `"statusListIndex":"10","statusListIndex":"11"`, 1))
		},
	}})), lists), refuses(2, 0)})
	return out
}

func rule12Status() (out []Vector) {
	chain := listed(0, entry(nil))
	alice, oscar := ed("alice").DID().String(), ed("oscar")
	add := func(title string, chain raw, lists, more, expect object) {
		q := onChain(chain, with(object{"lists": lists}, more))
		out = append(out, Vector{title, q, expect})
	}
	of := func(d listDraft) object { return object{listURL: d.sign()} }
	add("in force", chain, of(listDraft{}), nil, accepts(object{"mode": "normal"}))
	for i, place := range places {
		add("revoked, "+place, listed(i, entry(nil)), of(listDraft{set: []int{10}}), nil, because(12, i, "revoked"))
		suspension := of(listDraft{set: []int{10}, edit: func(_, s object) { s["statusPurpose"] = "suspension" }})
		add("suspended, "+place, listed(i, entry(object{"statusPurpose": "suspension"})), suspension, nil, because(12, i, "suspended"))
		guarded := of(listDraft{set: []int{10}, edit: func(_, s object) { s["statusPurpose"] = "guarded" }})
		add("guarded, "+place, listed(i, entry(object{"statusPurpose": "guarded"})), guarded, nil, accepts(object{"mode": "guarded"}))
		add("no list, "+place, listed(i, entry(nil)), object{}, nil, because(12, i, "missing"))
		add("a list 301 s old, "+place, listed(i, entry(nil)), of(listDraft{from: "2026-11-23T11:54:59Z"}), nil, because(12, i, "stale"))
	}
	add("another entry is revoked", chain, of(listDraft{set: []int{9, 11}}), nil, accepts(nil))
	add("a list 300 s old", chain, of(listDraft{from: "2026-11-23T11:55:00Z"}), nil, accepts(nil))
	add("a list from the future", chain, of(listDraft{from: "2026-11-23T12:00:01Z"}), nil, because(12, 0, "notYetValid"))
	add("a list from the future, within skew", chain, of(listDraft{from: "2026-11-23T12:00:01Z"}), object{"skew": 1}, accepts(nil))
	add("a list by a stranger", chain, of(listDraft{signer: ed("mallory")}), nil, because(12, 0, "signer"))
	add("a list by the holder", chain, of(listDraft{signer: ed("bob")}), nil, because(12, 0, "signer"))
	add("a list of the issuer of the entry, who is not the root", listed(1, entry(nil)), of(listDraft{signer: ed("bob")}), nil, because(12, 1, "signer"))
	signers := object{"roots": object{alice: object{"listSigners": []any{oscar.DID().String()}}}}
	add("a list by who may sign it", chain, of(listDraft{signer: oscar}), signers, accepts(nil))
	add("a list by the root, where others sign", chain, of(listDraft{}), signers, because(12, 0, "signer"))
	add("a list that was altered", chain, object{listURL: flip(listDraft{}.sign())}, nil, refuses(12, 0))
	add("a list under the URL of another", chain, of(listDraft{edit: func(c, _ object) { c["id"] = listURL + "2" }}), nil, because(12, 0, "url"))
	add("a list of another purpose", chain, of(listDraft{edit: func(_, s object) { s["statusPurpose"] = "guarded" }}), nil, because(12, 0, "purpose"))
	add("a list that no entry needs", array(links(four(), nil)), of(listDraft{set: []int{10}}), nil, accepts(nil))
	age := func(n int) raw {
		return array(links(four(), map[int]change{
			0: {payload: func(p object) { authority(p)["maxStatusAge"], p["credentialStatus"] = n, entry(nil) }},
			1: {payload: func(p object) { authority(p)["maxStatusAge"] = n }}, 2: {payload: func(p object) { authority(p)["maxStatusAge"] = n }},
		}))
	}
	minute := listDraft{from: "2026-11-23T11:59:00Z"}
	add("maxStatusAge of 60 s, a list 60 s old", age(60), of(minute), nil, accepts(nil))
	add("maxStatusAge of 59 s, a list 60 s old", age(59), of(minute), nil, because(12, 0, "stale"))
	leafAge := array(links(four(), map[int]change{0: {payload: func(p object) { p["credentialStatus"] = entry(nil) }}, 2: {payload: func(p object) { authority(p)["maxStatusAge"] = 59 }}}))
	add("maxStatusAge of the leaf holds for the root's entry", leafAge, of(minute), nil, because(12, 0, "stale"))
	a := authority(payload(four(), 0))
	a["maxStatusAge"] = 60
	add("a ceiling with maxStatusAge, which the root must state", chain, of(minute), object{"roots": object{alice: object{"ceiling": a}}}, by(11, 0, "maxStatusAge"))
	two := listed(0, []any{entry(nil), entry(object{"statusPurpose": "guarded", "statusListCredential": listURL + "/g"})})
	guardList := func(set ...int) string {
		return listDraft{set: set, edit: func(c, s object) { c["id"], s["statusPurpose"] = listURL+"/g", "guarded" }}.sign()
	}
	add("two entries, the worse wins: guarded", two, object{listURL: listDraft{}.sign(), listURL + "/g": guardList(10)}, nil, accepts(object{"mode": "guarded"}))
	add("two entries, the worse wins: revoked", two, object{listURL: listDraft{set: []int{10}}.sign(), listURL + "/g": guardList(10)}, nil, because(12, 0, "revoked"))
	add("two entries, one list", two, object{listURL: listDraft{}.sign()}, nil, because(12, 0, "missing"))
	prior := func(title string, before, now listDraft, expect object) {
		add(title, chain, of(now), object{"priorLists": of(before)}, expect)
	}
	earlier := "2026-11-23T11:58:00Z"
	prior("a revocation that was seen stays", listDraft{set: []int{10}, from: earlier}, listDraft{}, because(12, 0, "revoked"))
	prior("a list that is rolled back", listDraft{set: []int{10}}, listDraft{from: earlier}, because(12, 0, "revoked"))
	prior("an older list is passed over", listDraft{}, listDraft{set: []int{10}, from: earlier}, accepts(nil))
	prior("two lists of one time", listDraft{}, listDraft{set: []int{11}}, because(12, 0, "equivocation"))
	add("seen before, and none now", chain, object{}, object{"priorLists": of(listDraft{from: earlier})}, accepts(nil))
	unrevocable := object{"allowUnrevocableRoots": false}
	life := func(until string) raw {
		c := change{payload: func(p object) { p["validUntil"] = until }}
		return array(links(four(), map[int]change{0: c, 1: c, 2: c}))
	}
	add("an unrevocable root of an hour", array(links(four(), nil)), object{}, unrevocable, refuses(12, 0))
	add("an unrevocable root of 300 s", life("2026-11-23T12:04:00Z"), object{}, unrevocable, accepts(nil))
	add("an unrevocable root of 301 s", life("2026-11-23T12:04:01Z"), object{}, unrevocable, refuses(12, 0))
	add("a root that can be guarded and not revoked", listed(0, entry(object{"statusPurpose": "guarded"})), object{listURL: listDraft{edit: func(_, s object) { s["statusPurpose"] = "guarded" }}.sign()}, unrevocable, refuses(12, 0))
	add("a root that can be suspended", listed(0, entry(object{"statusPurpose": "suspension"})), object{listURL: listDraft{edit: func(_, s object) { s["statusPurpose"] = "suspension" }}.sign()}, unrevocable, accepts(nil))
	add("a leaf that can be revoked, and no root", listed(2, entry(nil)), of(listDraft{}), unrevocable, refuses(12, 0))
	return out
}

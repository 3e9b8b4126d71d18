package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
)

// object is a case, or an answer, as plain data.
type object = map[string]any

// ask pipes cases through the batch and returns the answers.
func ask(t testing.TB, cases ...object) []object {
	t.Helper()
	var in bytes.Buffer
	for _, c := range cases {
		line, err := json.Marshal(c)
		require.NoError(t, err)
		in.Write(append(line, '\n'))
	}
	return askRaw(t, in.String(), len(cases))
}

func askRaw(t testing.TB, in string, want int) (answers []object) {
	t.Helper()
	var out, problems bytes.Buffer
	status := run([]string{"-batch"}, strings.NewReader(in), &out, &problems, atNoon)
	require.Empty(t, problems.String())
	good := true
	for lines := bufio.NewReader(&out); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			require.Empty(t, line)
			break
		}
		var a object
		require.NoError(t, json.Unmarshal(line, &a), "%s", line)
		good = good && a["verdict"] == accept
		answers = append(answers, a)
	}
	require.Len(t, answers, want)
	require.Equal(t, map[bool]int{true: allValid, false: notValid}[good], status)
	return answers
}

// attack is a case of a file of attacks: what it is about stands in it as it is.
type attack map[string]any

func (a attack) text(name string) string {
	s, _ := a[name].(string)
	return s
}

func attacks(t *testing.T, file string) []attack {
	t.Helper()
	var all struct{ Cases []attack }
	d := json.NewDecoder(bytes.NewReader(vectors.Read(t, "attacks", file)))
	d.UseNumber()
	require.NoError(t, d.Decode(&all))
	require.NotEmpty(t, all.Cases)
	return all.Cases
}

// judged asks about every case and compares the verdicts. Exceptions are cases whose
// verdict is another, with the reason.
func judged(t *testing.T, cases []attack, exceptions map[string]string, write func(attack) object) []object {
	t.Helper()
	questions := make([]object, len(cases))
	for i, c := range cases {
		questions[i] = object{"id": c.text("id")}
		maps.Copy(questions[i], write(c))
	}
	answers := ask(t, questions...)
	for i, c := range cases {
		want := map[string]string{
			"accept": accept, "valid": accept, "set": accept, "clear": accept, "narrower": accept,
			"reject": reject, "invalid": reject, "error": reject, "not_narrower": reject,
		}[c.text("expect")]
		if verdict, ok := exceptions[c.text("id")]; ok {
			want = verdict
		}
		require.Equal(t, c.text("id"), answers[i]["id"])
		if want != answers[i]["verdict"] {
			t.Errorf("%s %s: want %s, got %v", c.text("id"), c.text("title"), want, answers[i])
		}
	}
	return answers
}

func TestAttackDIDs(t *testing.T) {
	cases := attacks(t, "didkeys.json")
	answers := judged(t, cases, map[string]string{
		"D061": accept, // a DID URL where a DID is wanted: here either may stand, and it is D068
		"D067": accept, // did:jwk is supported
		"D072": accept, // a DID where a URL is wanted: here either may stand
	}, func(c attack) object { return object{"kind": "did", "did": c.text("did")} })
	for i, c := range cases {
		for member, want := range map[string]string{"keyType": c.text("key_type"), "publicKeyHex": c.text("public_key_hex")} {
			if want != "" {
				require.Equal(t, want, answers[i][member], c.text("id"))
			}
		}
	}
}

func TestAttackTokens(t *testing.T) {
	const root = "did:key:z6MkurebwwSSMU7DPozhd1Rwvahm9u2XpTEvqxjicCmZRA3r"
	cases := attacks(t, "vcjwt.json")
	answers := judged(t, cases, nil, func(c attack) object {
		token := c.text("token")
		if gen, ok := c["token_gen"].(map[string]any); ok && token == "" {
			n, err := gen["count"].(json.Number).Int64()
			require.NoError(t, err)
			token = fmt.Sprint(orEmpty(gen["prefix"]), strings.Repeat(fmt.Sprint(gen["unit"]), int(n)), orEmpty(gen["suffix"]))
		}
		// A store without lists: what has a status cannot be told.
		return object{"kind": "credential", "credential": token, "at": c.text("at"), "issuers": []string{root}, "lists": object{}}
	})
	for i, c := range cases {
		if answers[i]["verdict"] == accept {
			require.Equal(t, c["expected_issuer"], answers[i]["issuer"])
			require.Equal(t, c["expected_subject"], answers[i]["subject"])
		}
	}
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

func TestAttackStatusLists(t *testing.T) {
	cases := attacks(t, "statuslists.json")
	answers := judged(t, cases, nil, func(c attack) object {
		format := strings.Replace(c.text("format"), "Bitstring", "BitstringStatusList", 1)
		return object{"kind": "status", "format": format, "encodedList": c.text("encodedList"), "index": c.text("index")}
	})
	requireValues(t, cases, answers)
}

func requireValues(t *testing.T, cases []attack, answers []object) {
	t.Helper()
	for i, c := range cases {
		if value, ok := map[string]float64{"clear": 0, "set": 1}[c.text("expect")]; ok {
			require.Equal(t, value, answers[i]["value"], c.text("id"))
		}
	}
}

func TestAttackStatusCredentials(t *testing.T) {
	cases := attacks(t, "statuscreds.json")
	answers := judged(t, cases, nil, func(c attack) object {
		return object{
			"kind": "statuslist", "list": c.text("list_token"), "at": c.text("at"),
			"issuer": "did:key:z6MkurebwwSSMU7DPozhd1Rwvahm9u2XpTEvqxjicCmZRA3r",
			"entry": object{
				"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "9",
				"statusListCredential": "https://status.example/lists/1",
			},
		}
	})
	requireValues(t, cases, answers)
}

func TestAttackProofs(t *testing.T) {
	judged(t, attacks(t, "proofs.json"), nil, func(c attack) object {
		q := object{"kind": "merkle", "op": c["kind"], "size": c["size"], "rootHex": c["root_hex"], "proofHex": c["proof_hex"]}
		if c.text("kind") == "inclusion" {
			q["index"], q["leafHex"] = c["index"], c["leaf_data_hex"]
			return q
		}
		q["size2"], q["root2Hex"], q["rootHex"] = c["size"], c["root_hex"], c["root1_hex"]
		if q["size"] = c["size1"]; c["size1"] == nil {
			q["size"] = 0
		}
		return q
	})
}

// N008's reason says that accepting it with the first size is right too.
func TestAttackCheckpoints(t *testing.T) {
	judged(t, attacks(t, "checkpoints.json"), nil, func(c attack) object {
		return object{"kind": "checkpoint", "checkpoint": c.text("note"), "vkey": c.text("verifier_key"), "origin": c.text("expected_origin")}
	})
}

// peerDoc is a line of the corpus of documents made by other libraries.
type peerDoc struct {
	File, Kind, Format, Expected, Recommend, Reason, Body string
	Issuer, URL, Challenge, Domain, Cryptosuite           string
	StatusRef                                             *struct{ URL string }
	Status                                                struct{ Type, Purpose string }
}

func peerDocs(t *testing.T) (docs []peerDoc) {
	zr, err := gzip.NewReader(bytes.NewReader(vectors.Read(t, "peers", "corpus.ndjson.gz")))
	require.NoError(t, err)
	lines := bufio.NewScanner(zr)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var d peerDoc
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		docs = append(docs, d)
	}
	require.NoError(t, lines.Err())
	return docs
}

// verdict is what the corpus wants of the document, empty where it leaves that open.
func (d *peerDoc) verdict() string {
	want := d.Expected
	if want == "policy" {
		want = d.Recommend
	}
	return map[string]string{"valid": accept, "invalid": reject}[want]
}

// subject is the document as it is, duplicate members and all.
func (d *peerDoc) subject() raw {
	if strings.HasPrefix(d.Body, "{") {
		return raw(strings.TrimSpace(d.Body))
	}
	return quoted([]byte(d.Body))
}

// isList reports whether the document is a status list at a URL that is known, and
// so can be asked for an entry; others are asked about as credentials.
func (d *peerDoc) isList() bool {
	return d.URL != "" && (d.Status.Type == "StatusList2021" || d.Status.Type == "BitstringStatusList" || d.Status.Type == "TokenStatusList")
}

// line writes a case about the document. The good lists are of 2024.
func (d *peerDoc) line(contexts raw, lists map[string]raw) []byte {
	const years = `315360000`
	entry := object{"type": d.Status.Type + "Entry", "statusPurpose": d.Status.Purpose, "statusListIndex": "1", "statusListCredential": d.URL}
	if d.Status.Type == "TokenStatusList" {
		entry = object{"status_list": object{"idx": 1, "uri": d.URL}}
	}
	q := []member{{"id", encoded(d.File)}, {"at", raw(`"2026-11-24T00:00:00Z"`)}}
	switch {
	case d.isList():
		q = append(q, member{"kind", raw(`"statuslist"`)}, member{"list", d.subject()}, member{"issuer", encoded(d.Issuer)},
			member{"maxStaleness", raw(years)}, member{"entry", encoded(entry)})
	case d.Kind == "presentation":
		q = append(q, member{"kind", raw(`"presentation"`)}, member{"presentation", d.subject()}, member{"contexts", contexts})
	default:
		q = append(q, member{"kind", raw(`"credential"`)}, member{"credential", d.subject()}, member{"contexts", contexts})
	}
	if d.StatusRef != nil {
		held := map[string]raw{}
		if list, ok := lists[d.StatusRef.URL]; ok {
			held[d.StatusRef.URL] = list
		}
		q = append(q, member{"lists", encoded(held)}, member{"maxStaleness", raw(years)})
	}
	if d.Challenge != "" {
		q = append(q, member{"challenge", encoded(d.Challenge)}, member{"domain", encoded(d.Domain)})
	}
	line := []byte("{")
	for i, m := range q {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(append(append(line, encoded(m.name)...), ':'), bytes.ReplaceAll(m.value, []byte("\n"), []byte(" "))...)
	}
	return append(line, "}\n"...)
}

// outOfScope are securings that other libraries have and this one never will.
func (d *peerDoc) outOfScope() bool {
	switch d.Cryptosuite {
	case "bbs-2023", "ecdsa-sd-2023", "JsonWebSignature2020", "Ed25519Signature2018", "EcdsaSecp256k1Signature2019":
		return true
	}
	return d.Kind == "zcap"
}

// TestPeers asks about what eight other libraries issued, and altered copies of it:
// every verdict is the corpus's.
func TestPeers(t *testing.T) {
	var index map[string]string
	require.NoError(t, json.Unmarshal(vectors.Read(t, "peers", "contexts", "index.json"), &index))
	known := make(map[string]raw)
	for url, file := range index {
		known[url] = vectors.Read(t, "peers", "contexts", file)
	}
	contexts, docs := encoded(known), peerDocs(t)
	lists := make(map[string]raw)
	for i := range docs {
		if docs[i].isList() {
			lists[docs[i].URL] = docs[i].subject()
		}
	}
	var in bytes.Buffer
	for i := range docs {
		in.Write(docs[i].line(contexts, lists))
	}
	for i, a := range askRaw(t, in.String(), len(docs)) {
		d := &docs[i]
		want := d.verdict()
		if d.outOfScope() {
			want = reject
		}
		if want != "" && want != a["verdict"] {
			t.Errorf("%s %s %s (%s): want %s, got %v", d.File, d.Format, d.Cryptosuite, d.Reason, want, a)
		}
	}
	require.Greater(t, len(docs), 1100)
}

func TestOtherMakersLists(t *testing.T) {
	var file struct {
		Vectors []struct {
			Name, Kind, EncodedList, BitOrder, Expect string
			SetIndices, UnsetIndices                  []uint64
		}
		HostileEntries []struct {
			Name  string
			Entry json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "status", "lists.json"), &file))
	for _, v := range file.Vectors {
		format := map[string]string{"statuslist2021": "StatusList2021"}[v.Kind]
		if format == "" {
			format = "BitstringStatusList"
		}
		question := func(i uint64) object {
			return object{"kind": "status", "format": format, "encodedList": v.EncodedList, "index": fmt.Sprint(i)}
		}
		// Without 131,072 entries a list tells too much of who looks, and an IETF token
		// status list is another format.
		if v.Expect != "ok" || v.Kind == "raw" || v.Kind == "token-status-list" { // as a Bitstring
			require.Equal(t, reject, ask(t, question(0))[0]["verdict"], v.Name)
			continue
		}
		for value, indices := range [][]uint64{v.UnsetIndices, v.SetIndices} {
			for _, i := range indices {
				if v.BitOrder == "lsb" { // nothing in a list tells: the standards' order is read
					i ^= 7
				}
				a := ask(t, question(i))[0]
				require.Equal(t, accept, a["verdict"], v.Name)
				if v.BitOrder != "lsb" || value == 1 {
					require.Equal(t, float64(value), a["value"], "%s %d", v.Name, i)
				}
			}
		}
	}
	for _, h := range file.HostileEntries {
		a := ask(t, object{"kind": "statuslist", "list": "", "entry": h.Entry, "issuer": alice.DID().String(), "at": "2026-11-23T12:00:00Z"})[0]
		require.Equal(t, reject, a["verdict"], h.Name)
	}
}

// TestDIDKeyVectors asks about the vectors of did:key: every key type of the library
// is accepted, with its key, and every other is refused.
func TestDIDKeyVectors(t *testing.T) {
	types := map[string]string{"z6Mk": "Ed25519", "zDn": "P-256", "z82": "P-384", "z2J9": "P-521", "zQ3s": "secp256k1", "z6LS": "X25519"}
	n := 0
	for _, file := range []string{"ed25519-x25519", "nist-curves", "secp256k1", "x25519", "bls12381", "rsa"} {
		var all map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(vectors.Read(t, "did-key", file+".json"), &all))
		for name := range all {
			if !strings.HasPrefix(name, "did:key:") {
				continue
			}
			a := ask(t, object{"kind": "did", "did": name})[0]
			want := ""
			for prefix, kind := range types {
				if strings.HasPrefix(name, "did:key:"+prefix) {
					want = kind
				}
			}
			if want == "" {
				require.Equal(t, reject, a["verdict"], name)
				continue
			}
			require.Equal(t, accept, a["verdict"], "%s %v", name, a)
			require.Equal(t, want, a["keyType"])
			n++
		}
	}
	require.Greater(t, n, 15)
}

// TestSuiteDocuments asks for the proofs alone of what the standards of the suites
// show: their issuers are no DIDs.
func TestSuiteDocuments(t *testing.T) {
	for _, c := range []struct {
		path   string
		format vc.Format
	}{
		{"vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json", vc.EdDSARDFC},
		{"vc-di-eddsa/eddsa-jcs-2022/signedJCS.json", vc.EdDSAJCS},
		{"vc-di-eddsa/Ed25519Signature2020/signedEdSig.json", vc.Ed25519Signature2020},
		{"vc-di-ecdsa/ecdsa-rdfc-2019-p256/signedECDSAP256.json", vc.ECDSARDFC},
		{"vc-di-ecdsa/ecdsa-rdfc-2019-p384/signedECDSAP384.json", vc.ECDSARDFC},
		{"vc-di-ecdsa/ecdsa-jcs-2019-p256/signedJCSECDSAP256.json", vc.ECDSAJCS},
		{"vc-di-ecdsa/ecdsa-jcs-2019-p384/signedJCSECDSAP384.json", vc.ECDSAJCS},
	} {
		document := vectors.Read(t, strings.Split(c.path, "/")...)
		question := object{"kind": "credential", "credential": raw(document)}
		a := ask(t, question, with(question, object{"proofOnly": true}))
		require.Equal(t, reject, a[0]["verdict"], c.path)
		require.Equal(t, accept, a[1]["verdict"], "%s: %v", c.path, a[1])
		require.EqualValues(t, c.format, a[1]["format"])
		require.Equal(t, "https://vc.example/issuers/5678", a[1]["issuer"])
	}
}

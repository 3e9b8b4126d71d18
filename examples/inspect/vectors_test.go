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
	Issuer, URL, Challenge, Domain, DIDMethod             string
	StatusRef                                             *struct{ Set bool }
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

// verdict is what the corpus wants of the document without its status, empty where
// it leaves that open.
func (d *peerDoc) verdict() string {
	want := d.Expected
	if want == "policy" {
		want = d.Recommend
	}
	if d.StatusRef != nil && d.StatusRef.Set {
		want = "valid"
	}
	return map[string]string{"valid": accept, "invalid": reject}[want]
}

func (d *peerDoc) question() object {
	q := object{"id": d.File, "kind": "credential", "credential": d.Body, "at": "2026-11-24T00:00:00Z"}
	if d.Kind == "presentation" {
		q = object{"id": d.File, "kind": "presentation", "presentation": d.Body, "at": q["at"]}
		if d.Challenge != "" {
			q["challenge"], q["domain"] = d.Challenge, d.Domain
		}
	}
	return q
}

// TestPeerTokens asks about what eight other libraries issued as JOSE, and altered
// copies of it.
func TestPeerTokens(t *testing.T) {
	var docs []peerDoc
	var questions []object
	for _, d := range peerDocs(t) {
		if strings.HasPrefix(d.Format, "vc-j") || strings.HasPrefix(d.Format, "vp-j") {
			docs, questions = append(docs, d), append(questions, d.question())
		}
	}
	for i, a := range ask(t, questions...) {
		if want := docs[i].verdict(); want != "" && want != a["verdict"] {
			t.Errorf("%s (%s): want %s, got %v", docs[i].File, docs[i].Reason, want, a)
		}
	}
	require.Greater(t, len(docs), 500)
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
		if v.Expect != "ok" || v.Kind == "raw" || v.Kind == "token-status-list" {
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

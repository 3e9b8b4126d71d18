package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

var update = flag.Bool("update", false, "write the golden reports")

// file puts a file into a folder.
func file(t *testing.T, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func credential(t *testing.T, signer *did.Signer, change func(*vc.Credential)) []byte {
	t.Helper()
	c := vc.Credential{
		ID: "urn:example:credential:1", Type: []string{"VerifiableCredential", "ClerkCredential"},
		ValidFrom: noon.Add(-time.Hour), ValidUntil: noon.Add(time.Hour),
		Subject: []vc.Subject{{ID: bob.DID().String(), Claims: []byte(`{"role":"clerk"}`)}},
	}
	if change != nil {
		change(&c)
	}
	token, err := vc.Sign(c, signer, vc.SignOptions{})
	require.NoError(t, err)
	return []byte(token)
}

func presentation(t *testing.T, holder *did.Signer, credentials ...[]byte) []byte {
	t.Helper()
	p := vc.Presentation{Challenge: "c1", Domain: service, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute)}
	for _, c := range credentials {
		p.Credentials = append(p.Credentials, string(c))
	}
	token, err := vc.SignPresentation(p, holder)
	require.NoError(t, err)
	return []byte(token)
}

// TestReports compares the reports for people with testdata, where they can be read.
func TestReports(t *testing.T) {
	folder := t.TempDir()
	chain := story(t)
	good := encoded(chain)
	guarded := object{listURL: draft{}.sign(t), guardURL: draft{url: guardURL, purpose: "guarded", set: []uint64{11}}.sign(t)}
	revoked := object{listURL: draft{set: []uint64{10}}.sign(t), guardURL: draft{url: guardURL, purpose: "guarded"}.sign(t)}
	lists := file(t, folder, "lists.json", encoded(goodLists(t)))
	rooted := []string{"-at", noonText, "-root", alice.DID().String()}
	asCase := func(chain any, more object) []byte { return encoded(aboutChain(t, chain, more)) }
	budget := one(t, func(t *delegation.Terms, _ *delegation.Issue) {
		t.Limits = map[string]delegation.Limit{"usd": {Unit: "USD/100", Max: 1000}}
	})
	elements := []string{}
	require.NoError(t, json.Unmarshal(good, &elements))
	costly := readSales
	costly.Amounts = map[string]int64{"USD/100": 1001}
	approved := one(t, func(t *delegation.Terms, _ *delegation.Issue) {
		t.Requires = &delegation.Requires{Approval: []delegation.ApprovalRule{{Actions: []string{"db/**"}, By: []string{carol.DID().String()}, Min: 1}}}
	})
	expired := credential(t, alice, func(c *vc.Credential) { c.ValidUntil = noon.Add(-time.Minute) })
	for _, c := range []struct {
		name    string
		content []byte
		flags   []string
		status  int
	}{
		{"chain-good", asCase(chain, nil), nil, allValid},
		{"chain-guarded", asCase(chain, object{"lists": guarded}), nil, allValid},
		{"chain-revoked", asCase(chain, object{"lists": revoked}), nil, notValid},
		{"chain-widened", asCase(forge(t, chain, dave, nil), nil), nil, notValid},
		{"chain-malformed", asCase(raw(strings.Replace(string(good), ".", ".!", 3)), nil), nil, notValid},
		{"chain-no-root", good, []string{"-at", noonText}, notValid},
		{"chain-no-lists", good, rooted, notValid},
		{"chain-other-signer", good, slices.Concat(rooted, []string{"-lists", lists}), notValid},
		{"chain-signer", good, slices.Concat(rooted, []string{"-lists", lists, "-signer", oscar.DID().String()}), allValid},
		{"chain-hostile-text", encoded(root(t, func(_ *delegation.Terms, is *delegation.Issue) {
			is.Task.Purpose = "\x1b[2Jall is well\r\n\u202e"
		})), rooted, notValid},
		{"chain-denied", asCase(chain, object{
			"invocation": invoke(t, chain, delegation.Request{Action: "fs/write", Resource: service + "/reports/q3", Audience: service}, delegation.Invoke{}),
			"audience":   service, "request": object{"action": "fs/write", "resource": service + "/reports/q3"},
		}), nil, notValid},
		{"chain-allowed", asCase(chain, object{
			"invocation": invoke(t, chain, readSales, delegation.Invoke{}), "audience": service, "request": asked(readSales),
		}), nil, allValid},
		{"invocation", []byte(invoke(t, chain, readSales, delegation.Invoke{})), nil, notValid},
		{"authority", encoded(authority(t, rootTerms())), nil, allValid},
		{"authority-malformed", []byte(`{"grants":[{"actions":["db/*"],"resources":["**"]}],"audience":["**"]}`), nil, notValid},
		{"credential", credential(t, alice, nil), rooted, allValid},
		{"credential-untrusted", credential(t, mallory, nil), rooted, notValid},
		{"credential-expired", expired, rooted, notValid},
		{"credential-altered", bytes.Replace(credential(t, alice, nil), []byte("."), []byte(".e"), 1), rooted, notValid},
		{"status-list", []byte(draft{signer: alice, set: []uint64{1, 2, 3}, age: time.Minute}.sign(t)), rooted, allValid},
		{"bundle", encoded(goodLists(t)), []string{"-at", noonText}, allValid},
		{"presentation", presentation(t, bob, credential(t, alice, nil)), slices.Concat(rooted, []string{"-challenge", "c1", "-domain", service}), allValid},
		{"presentation-expired", presentation(t, bob, credential(t, alice, nil), expired), slices.Concat(rooted, []string{"-challenge", "c1", "-domain", service}), notValid},
		{"did", []byte(alice.DID().String() + "\n"), nil, allValid},
		{"did-refused", []byte("did:web:example.com"), nil, notValid},
		{"did-document", encoded(must(did.Resolve(alice.DID()))), nil, allValid},
		{"did-document-malformed", []byte(`{"id":"` + alice.DID().String() + `","verificationMethod":[{"id":"#a"}]}`), nil, notValid},
		{"link", []byte(elements[1]), rooted, notValid},
		{"chain-packed", []byte(must(chain.Pack())), slices.Concat(rooted, []string{"-lists", lists, "-signer", oscar.DID().String()}), allValid},
		{"chain-over-budget", asCase(budget, object{
			"invocation": invoke(t, budget, costly, delegation.Invoke{}), "audience": service, "request": with(asked(costly), object{"amounts": costly.Amounts}),
		}), nil, notValid},
		{"chain-not-approved", asCase(approved, object{
			"invocation": invoke(t, approved, readSales, delegation.Invoke{}), "audience": service, "request": asked(readSales),
		}), nil, notValid},
		{"sd-jwt", []byte(must(sdjwt.Issue([]byte(`{"vct":"https://example.com/clerk","iss":"`+alice.DID().String()+`","role":"clerk","desk":7}`), alice,
			sdjwt.IssueOptions{}))), rooted, allValid},
		{"unknown", []byte("hello"), nil, notValid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(folder)
			file(t, folder, c.name, c.content)
			var out, problems bytes.Buffer
			status := run(slices.Concat(c.flags, []string{c.name}), nil, &out, &problems, atNoon)
			require.Empty(t, problems.String())
			golden(t, c.name, out.String())
			require.Equal(t, c.status, status)
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var here, _ = os.Getwd()

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(here, "testdata", name+".txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the new report is the better one: go test ./examples/inspect -run TestReports -update")
}

// FuzzReport: whatever a file holds, it has a report, in characters that no terminal
// obeys.
func FuzzReport(f *testing.F) {
	chain := story(f)
	lists := goodLists(f)
	for _, data := range []string{
		string(encoded(chain)), string(encoded(aboutChain(f, chain, object{"lists": nil}))), must(chain.Pack()),
		string(encoded(lists)), lists[listURL].(string), alice.Method(), string(encoded(must(did.Resolve(alice.DID())))),
		string(encoded(authority(f, rootTerms()))), invoke(f, chain, readSales, delegation.Invoke{}),
		`{"type":"VerifiablePresentation","holder":{"id":"\u001b[2J"}}`, "a.b.c~\x1b~", "c2sp.org/tlog-proof@v1\nindex 1\n\n", "x\n1\n\n\u2014 x AAAA\n",
		"[\"\x1b\"", "[" + strings.Repeat("{},", 20) + "{}]",
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o := &options{at: noonText, roots: list{alice.DID().String()}, now: atNoon}
		require.NoError(t, o.readFlags())
		what, r := o.judgeFile(data)
		r.id, r.kind = encoded("file"), what
		var out bytes.Buffer
		require.NoError(t, o.write(&out, r, false))
		require.NotContains(t, strings.Trim(out.String(), "\n"), "\n\n\n")
		for _, c := range out.String() {
			if c >= ' ' && c < 0x7f || c == '\n' || c == '\u2514' || c == '\u2500' {
				continue
			}
			t.Fatalf("%q in %q", c, out.String())
		}
		o.json = true
		out.Reset()
		require.NoError(t, o.write(&out, r, false))
		require.True(t, json.Valid(out.Bytes()))
	})
}

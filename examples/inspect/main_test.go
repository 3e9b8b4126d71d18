package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/vc"
)

// command runs the command in a folder of files.
func command(t *testing.T, stdin string, args ...string) (status int, out, problems string) {
	t.Helper()
	var o, p bytes.Buffer
	status = run(args, strings.NewReader(stdin), &o, &p, atNoon)
	return status, o.String(), p.String()
}

func TestWrongUse(t *testing.T) {
	folder := t.TempDir()
	good := file(t, folder, "did", []byte(alice.DID().String()))
	broken := file(t, folder, "broken", []byte(`{`))
	for name, args := range map[string][]string{
		"nothing":                  {},
		"an unknown flag":          {"-trust-everybody", good},
		"batch of files":           {"-batch", good},
		"batch as JSON":            {"-batch", "-json"},
		"a time that is none":      {"-at", "noon", good},
		"a file that is not there": {filepath.Join(folder, "none")},
		"a folder":                 {folder},
		"lists that are not there": {"-lists", filepath.Join(folder, "none"), good},
		"lists that are none":      {"-lists", broken, good},
		"a context without URL":    {"-context", broken, good},
		"a context that is none":   {"-context", "https://example.com/c=" + broken, good},
		"a leaf that is not there": {"-leaf", filepath.Join(folder, "none"), good},
	} {
		status, out, problems := command(t, "", args...)
		require.Equal(t, wrongUse, status, name)
		require.Empty(t, out, name)
		require.Contains(t, problems, "inspect: ", name)
	}
	status, _, problems := command(t, "", "-h")
	require.Equal(t, allValid, status)
	require.Contains(t, problems, "usage: inspect")
}

// Several files have one report each, and one that is not valid is told by the
// status.
func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	file(t, ".", "good", []byte(alice.DID().String()))
	file(t, ".", "bad", []byte("did:web:example.com"))
	status, out, _ := command(t, "", "good", "bad")
	require.Equal(t, notValid, status)
	require.Contains(t, out, "good: DID: VALID\n")
	require.Contains(t, out, "\nbad: DID: REFUSED\n")
	status, out, _ = command(t, "", "-json", "good", "bad")
	require.Equal(t, notValid, status)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	require.Len(t, lines, 2)
	var a object
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &a))
	require.Equal(t, object{
		"id": "bad", "kind": "DID", "verdict": reject, "code": "method", "error": a["error"],
	}, a)
	status, out, _ = command(t, alice.DID().String()+"\n", "--json", "-")
	require.Equal(t, allValid, status)
	require.Contains(t, out, `{"id":"-","kind":"DID","verdict":"accept",`)
}

// Status lists come from a file with one, from a bundle, or from a folder of either.
func TestLists(t *testing.T) {
	t.Chdir(t.TempDir())
	file(t, ".", "credential", credential(t, oscar, func(c *vc.Credential) {
		c.Status = []vc.StatusEntry{entry(listURL, "revocation", 10), entry(guardURL, "guarded", 11)}
	}))
	require.NoError(t, os.Mkdir("lists", 0o700))
	file(t, "lists", "one.jwt", []byte(draft{}.sign(t)))
	file(t, "lists", ".hidden", []byte("{"))
	require.NoError(t, os.Mkdir("lists/more", 0o700))
	args := []string{"-at", noonText, "-lists", "lists", "credential"}
	status, out, _ := command(t, "", args...)
	require.Equal(t, notValid, status)
	require.Contains(t, out, guardURL+`" was not handed over`)
	file(t, "lists", "bundle.json", encoded(object{guardURL: draft{url: guardURL, purpose: "guarded", set: []uint64{11}}.sign(t)}))
	status, out, problems := command(t, "", args...)
	require.Equal(t, allValid, status, problems)
	require.Contains(t, out, "status    guarded, as of 2026-11-23T12:00:00Z: revocation #10")
	file(t, "lists", "one.jwt", []byte(draft{set: []uint64{10}}.sign(t)+"\n"))
	status, out, _ = command(t, "", args...)
	require.Equal(t, notValid, status)
	require.Contains(t, out, "rule      revoked\n")
}

// The contexts of -context are used, and are those of that document alone.
func TestContexts(t *testing.T) {
	t.Chdir(t.TempDir())
	const url = "https://example.com/clerk/v1"
	context := []byte(`{"@context":{"ClerkCredential":"https://example.com/clerk#Credential","role":"https://example.com/clerk#role"}}`)
	contexts, err := vc.NewContexts(map[string][]byte{url: context})
	require.NoError(t, err)
	signed, err := vc.Sign(vc.Credential{
		Context: []string{vc.ContextV2, url}, Type: []string{"VerifiableCredential", "ClerkCredential"}, Issuer: alice.DID(),
		ValidFrom: noon, Subject: []vc.Subject{{Claims: []byte(`{"role":"clerk"}`)}},
	}, alice, vc.SignOptions{Format: vc.EdDSARDFC, Contexts: contexts})
	require.NoError(t, err)
	file(t, ".", "credential", []byte(signed))
	file(t, ".", "context", context)
	status, out, _ := command(t, "", "-at", noonText, "credential")
	require.Equal(t, notValid, status)
	require.Contains(t, out, "rule      context\n")
	status, out, problems := command(t, "", "-at", noonText, "-context", url+"=context", "credential")
	require.Equal(t, allValid, status, out+problems)
	require.Contains(t, out, "secured   eddsa-rdfc-2022, EdDSA by "+alice.Method())
}

func TestTrailFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	log := newTrail(t)
	file(t, ".", "checkpoint", []byte(log.last))
	file(t, ".", "proof", log.inclusion)
	file(t, ".", "leaf", log.leaves[1])
	status, out, problems := command(t, "", "-vkey", log.vkey, "-leaf", "leaf", "checkpoint", "proof", "leaf")
	require.Equal(t, allValid, status, out+problems)
	require.Contains(t, out, "checkpoint: checkpoint of a log: VALID\n")
	require.Contains(t, out, "proof: inclusion proof: VALID\n")
	require.Contains(t, out, "leaf: audit entry: VALID\n")
	require.Contains(t, out, "  entry     task.close, number 1 of "+bob.DID().String()+"\n")
	status, out, _ = command(t, "", "checkpoint")
	require.Equal(t, notValid, status)
	require.Contains(t, out, "checkpoint: checkpoint of a log: NOT JUDGED\n")
}

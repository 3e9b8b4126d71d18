package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit/tiles"
)

// call runs the command.
func call(tb testing.TB, args ...string) (status int, out, problems string) {
	tb.Helper()
	var o, p bytes.Buffer
	status = run(context.Background(), args, &o, &p)
	return status, o.String(), p.String()
}

// kept makes the demonstration's log in a folder, and returns the flags that audit it.
func kept(tb testing.TB) (folder string, flags []string) {
	tb.Helper()
	folder = filepath.Join(tb.TempDir(), "demo")
	status, _, problems := call(tb, "-demo", "-keep", folder, "-json", filepath.Join(tb.TempDir(), "json"))
	require.Equal(tb, clean, status, problems)
	flags = []string{"-anchor", filepath.Join(folder, "anchor"), "-names", filepath.Join(folder, "names")}
	for _, v := range strings.Fields(read(tb, filepath.Join(folder, "verifiers"))) {
		flags = append(flags, "-verifier", v)
	}
	return folder, append(flags, "-vkey", strings.TrimSpace(read(tb, filepath.Join(folder, "vkey"))))
}

func read(tb testing.TB, file string) string {
	tb.Helper()
	data, err := os.ReadFile(file)
	require.NoError(tb, err)
	return string(data)
}

// story is a report but for its first line: the log's key is new each time, and what
// its checkpoints sign is in the entries.
func story(out string) string {
	_, rest, _ := strings.Cut(out, "\n")
	return rest
}

func TestDemo(t *testing.T) {
	status, out, problems := call(t, "-demo")
	require.Equal(t, clean, status, problems)
	for _, want := range []string{"fork:", "gap:", "unmatched:", "unclosed:", `"payments/send": deny (rule 15, link 2, actions, normal), ok`, "rule 12"} {
		require.Contains(t, out, want)
	}
	_, again, _ := call(t, "-demo")
	require.Equal(t, story(out), story(again))
}

func TestFolderAndURL(t *testing.T) {
	folder, flags := kept(t)
	_, demo, _ := call(t, "-demo")
	status, out, problems := call(t, append(flags, filepath.Join(folder, "log"))...)
	require.Equal(t, faulty, status, problems)
	require.Equal(t, story(demo), story(out))

	dir, err := tiles.OpenDir(filepath.Join(folder, "log"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = dir.Close() })
	server := httptest.NewServer(tiles.NewHandler(dir))
	t.Cleanup(server.Close)
	status, out, problems = call(t, append(flags, server.URL)...)
	require.Equal(t, faulty, status, problems)
	require.Equal(t, story(demo), story(out))
}

func TestFormsAtOnce(t *testing.T) {
	folder, flags := kept(t)
	save := filepath.Join(t.TempDir(), "saved")
	page := filepath.Join(t.TempDir(), "page.html")
	flags = append(flags, "-json", "-", "-html", page, "-save", save, filepath.Join(folder, "log"))
	status, out, problems := call(t, flags...)
	require.Equal(t, faulty, status, problems)
	require.True(t, json.Valid([]byte(out)))
	require.Contains(t, read(t, page), `<h1 id="verdict"><bdi>crm-helper</bdi></h1>`)

	// What was saved is an anchor the next time.
	for n, f := range flags {
		if f == "-anchor" {
			flags[n+1] = save
		}
	}
	status, _, problems = call(t, flags...)
	require.Equal(t, faulty, status, problems)
}

func TestPolicyFile(t *testing.T) {
	folder, flags := kept(t)
	policy := filepath.Join(t.TempDir(), "policy")
	require.NoError(t, os.WriteFile(policy, []byte("log "+flags[len(flags)-1]+"\nquorum none\n"), 0o600))
	status, out, problems := call(t, "-policy", policy, filepath.Join(folder, "log"))
	require.Equal(t, faulty, status, problems)
	require.Contains(t, out, "anchor: none")
}

func TestNothingCanBeJudged(t *testing.T) {
	folder, flags := kept(t)
	log := filepath.Join(folder, "log")
	vkey := flags[len(flags)-1]
	_, other := kept(t)
	bad := filepath.Join(t.TempDir(), "bad")
	require.NoError(t, os.WriteFile(bad, []byte("did:key:z6Mkf84qsyxKGem7mNtaFsqYCvJ14sFcvtpuaekZM1W1dSab a\u202eb\n"), 0o600))
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no log":               {[]string{"-vkey", vkey}, "one log"},
		"no key":               {[]string{log}, "key"},
		"key and policy":       {[]string{"-vkey", vkey, "-policy", bad, log}, "key"},
		"another key":          {[]string{"-vkey", other[len(other)-1], log}, "checkpoint"},
		"malformed key":        {[]string{"-vkey", "x", log}, "key"},
		"no folder":            {[]string{"-vkey", vkey, log + "x"}, "logx"},
		"anchor of another":    {[]string{"-vkey", vkey, "-anchor", other[1], log}, "anchor"},
		"names with a bidi":    {[]string{"-vkey", vkey, "-names", bad, log}, "line 1"},
		"verifier is no DID":   {[]string{"-vkey", vkey, "-verifier", "bob", log}, "verifier"},
		"URL with a query":     {[]string{"-vkey", vkey, "https://log.example/?x"}, "URL"},
		"demo and a log":       {[]string{"-demo", log}, "-demo"},
		"keep without demo":    {[]string{"-keep", bad, "-vkey", vkey, log}, "-keep"},
		"keep over what is":    {[]string{"-demo", "-keep", folder}, "exists"},
		"a flag there is not":  {[]string{"-x"}, "-x"},
		"entries below 0":      {[]string{"-entries", "-1", "-vkey", vkey, log}, "-entries"},
		"nowhere to write to":  {[]string{"-html", filepath.Join(bad, "x"), "-vkey", vkey, log}, "bad"},
		"policy is not a text": {[]string{"-policy", bad, log}, "policy"},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, problems := call(t, c.args...)
			require.Equal(t, notJudged, status)
			require.Empty(t, out)
			require.Contains(t, problems, c.want)
		})
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestVerdictVectors asks the questions of testdata/vectors, the way that another
// implementation would be asked, and compares the answers with what the files say.
func TestVerdictVectors(t *testing.T) {
	files, err := filepath.Glob("../../testdata/vectors/*.ndjson")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".ndjson"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			var questions bytes.Buffer
			var titles []string
			var expected []object
			for line := range bytes.Lines(data) {
				var v struct {
					Title  string
					Input  raw
					Expect object
				}
				require.NoError(t, json.Unmarshal(line, &v))
				questions.Write(append(v.Input, '\n'))
				titles, expected = append(titles, v.Title), append(expected, v.Expect)
			}
			for i, got := range askRaw(t, questions.String(), len(expected)) {
				requireExpected(t, titles[i], expected[i], got)
			}
		})
	}
}

// requireExpected compares an answer with what is expected of it: every member, and
// where there is a rule and no link, no link.
func requireExpected(t *testing.T, title string, want, got object) {
	t.Helper()
	for name, value := range want {
		if value == nil {
			require.NotContains(t, got, name, "%s: %v", title, got)
			continue
		}
		if !assert.ObjectsAreEqual(value, got[name]) {
			t.Errorf("%s: %s: want %v, got %.400v", title, name, value, got)
		}
	}
	if _, ruled := want["rule"]; ruled && want["link"] == nil {
		require.NotContains(t, got, "link", "%s: %v", title, got)
	}
	if want["verdict"] == accept {
		require.NotContains(t, got, "rule", "%s: %v", title, got)
	}
}

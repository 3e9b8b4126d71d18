package taper_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadme holds the README's program to the Example, which is compiled and run,
// and its links to files that exist.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)

	_, rest, _ := strings.Cut(string(readme), "```go\n")
	program, _, found := strings.Cut(rest, "\n```")
	require.True(t, found, "the README has no program")
	_, rest, _ = strings.Cut(string(example), "func Example() {\n")
	body, _, _ := strings.Cut(rest, "\t// Output:")
	want := strings.Split(strings.TrimRight(body, "\n"), "\n")
	for i, line := range want {
		want[i] = strings.TrimPrefix(line, "\t")
	}
	require.Equal(t, strings.Join(want, "\n"), program)

	for _, part := range strings.Split(string(readme), "](")[1:] {
		link, _, _ := strings.Cut(part, ")")
		_, err := os.Stat(link)
		require.NoError(t, err, link)
	}
}

// TestReadmeNamesPackages holds the README to every folder that somebody else may
// import or run, and to every module.
func TestReadmeNamesPackages(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	folders := make(map[string]bool)
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		dir, name := filepath.ToSlash(filepath.Dir(path)), d.Name()
		switch {
		case d.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules"):
			return fs.SkipDir
		case dir == ".", d.IsDir():
		case name == "go.mod", strings.HasSuffix(name, ".go") && !strings.HasPrefix(dir, "internal/"):
			folders[dir] = true
		}
		return nil
	}))
	require.Greater(t, len(folders), 25)
	for dir := range folders {
		require.Contains(t, string(readme), "]("+dir+")")
	}
}

// Package vectors finds test data that is not part of the repository: data made
// by other people, and attacks, in ../shared/vectors beside the checkout or
// where $TAPER_VECTORS says.
package vectors

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder among the vectors, and skips the
// test with a message where it is absent.
func Path(tb testing.TB, elem ...string) string {
	tb.Helper()
	path := filepath.Join(append([]string{root(tb)}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("no vectors at %s: set TAPER_VECTORS to the folder that holds %s", path, filepath.Join(elem...))
	}
	return path
}

// Read returns the content of one file among the vectors.
func Read(tb testing.TB, elem ...string) []byte {
	tb.Helper()
	data, err := os.ReadFile(Path(tb, elem...))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func root(tb testing.TB) string {
	if dir := os.Getenv("TAPER_VECTORS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared", "vectors")
		}
		if dir == filepath.Dir(dir) {
			tb.Skip("no go.mod above the test, so no place to look for vectors: set TAPER_VECTORS")
		}
		dir = filepath.Dir(dir)
	}
}

package verdicts_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/verdicts"
)

var update = flag.Bool("update", false, "write the files of testdata/vectors")

const folder = "../../testdata/vectors"

// TestFilesAreWhatIsMade: the files are what this package makes, so that they can
// neither rot nor be changed by hand; go test ./internal/verdicts -update writes them.
func TestFilesAreWhatIsMade(t *testing.T) {
	files := map[string]bool{}
	for _, f := range verdicts.Files() {
		name := filepath.Join(folder, f.Name+".ndjson")
		files[name] = true
		if *update {
			require.NoError(t, os.WriteFile(name, f.Lines(), 0o600))
		}
		have, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(have, f.Lines()), "%s: run go test ./internal/verdicts -update", f.Name)
	}
	all, err := filepath.Glob(filepath.Join(folder, "*.ndjson"))
	require.NoError(t, err)
	for _, name := range all {
		require.True(t, files[name], name)
	}
}

// TestTable: the table in the README tells what is in the files.
func TestTable(t *testing.T) {
	const name, heading = folder + "/README.md", "## Files\n\n"
	var b strings.Builder
	b.WriteString("| file | section of docs/spec.md | accept | reject |\n| --- | --- | --- | --- |\n")
	total := [2]int{}
	for _, f := range verdicts.Files() {
		n := [2]int{}
		for _, v := range f.Vectors {
			if v.Expect["verdict"] == "reject" {
				n[1]++
			} else if v.Expect["verdict"] == "accept" {
				n[0]++
			}
		}
		total[0], total[1] = total[0]+n[0], total[1]+n[1]
		fmt.Fprintf(&b, "| `%s` | %s | %d | %d |\n", f.Name, f.Part, n[0], n[1])
	}
	fmt.Fprintf(&b, "| all | | %d | %d |\n", total[0], total[1])
	readme, err := os.ReadFile(name)
	require.NoError(t, err)
	before, table, ok := strings.Cut(string(readme), heading)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(before+heading+b.String()), 0o600))
		return
	}
	require.Equal(t, b.String(), table)
}

// TestEveryRule: each rule but 18, which is the verifier's own, refuses something, and
// each that names a link refuses each of three.
func TestEveryRule(t *testing.T) {
	links := map[any]map[any]bool{}
	for _, f := range verdicts.Files() {
		for _, v := range f.Vectors {
			if rule, ok := v.Expect["rule"]; ok {
				if links[rule] == nil {
					links[rule] = map[any]bool{}
				}
				links[rule][v.Expect["link"]] = true
			}
		}
	}
	for rule := 1; rule <= 17; rule++ {
		require.NotEmpty(t, links[rule], rule)
	}
	for _, rule := range []int{1, 2, 4, 7, 11, 12, 15} {
		for link := range 3 {
			require.True(t, links[rule][link], "rule %d, link %d", rule, link)
		}
	}
	for _, rule := range []int{5, 6, 8, 10} { // of a child
		require.True(t, links[rule][1] && links[rule][2], rule)
	}
}

// TestVectorsDiffer: no title twice in a file, no question twice at all, and each
// file accepts something and refuses something.
func TestVectorsDiffer(t *testing.T) {
	questions, count, size := map[string]string{}, 0, 0
	for _, f := range verdicts.Files() {
		titles, answers := map[string]bool{}, map[any]int{}
		size += len(f.Lines())
		for i, line := range bytes.Split(bytes.TrimSuffix(f.Lines(), []byte("\n")), []byte("\n")) {
			v := f.Vectors[i]
			where := f.Name + ": " + v.Title
			assert.False(t, titles[v.Title], where)
			titles[v.Title] = true
			question := string(v.Question())
			if first, asked := questions[question]; asked {
				// What is right may begin several files.
				assert.True(t, v.Expect["verdict"] == "accept" && first != f.Name, where)
			} else {
				count++
			}
			questions[question] = f.Name
			require.NotContains(t, string(line), "\n")
			answers[v.Expect["verdict"]]++
		}
		if f.Name != "narrow" && f.Name != "order-of-rules" {
			require.NotZero(t, answers["accept"], f.Name)
			require.NotZero(t, answers["reject"], f.Name)
		}
	}
	t.Logf("%d questions in %d files, %d bytes", count, len(verdicts.Files()), size)
	require.Greater(t, count, 1000)
	require.Less(t, size, 6<<20)
}

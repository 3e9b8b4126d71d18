package delegation_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

var column = regexp.MustCompile(`^(  (agent|action|resource|at|argument|cost|words|) *\| .*|The agent says, in words of its own that nobody checked:)$`)

// requireColumns asserts that every line of the text begins as we begin lines, and
// that nothing in it can move a terminal's text.
func requireColumns(tb testing.TB, text string) {
	tb.Helper()
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		require.Regexp(tb, column, line)
		require.LessOrEqual(tb, len([]rune(line)), 14+64)
	}
	for _, r := range text {
		require.False(tb, r < 0x20 && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f ||
			r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r >= 0x590 && r <= 0x8ff, "%U", r)
	}
}

func TestApprovalText(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	asked, _ := w.asking(w.bob, write)
	text, err := delegation.ApprovalText(asked)
	require.NoError(t, err)
	require.Equal(t, `  agent     | did:key:z6MkwXqWz7XQYtC13DHtyBZxhkwRnY5nYmoixfntfM7ZpchL
  action    | db/write/refund
  resource  | https://db.example.com/sales/2026
  at        | https://db.example.com
  argument  | cents = 1250
  argument  | order = "A-17"
  cost      | at most 1250 USD/100
The agent says, in words of its own that nobody checked:
  words     | "the customer asked"
`, text)
}

// TestApprovalTextIsNotFooled: whatever the agent puts into its words and
// arguments, it does not look like the verifier's own lines.
func TestApprovalTextIsNotFooled(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	good, _ := w.asking(w.bob, write)
	for name, tt := range map[string]struct{ text, want string }{
		"a line of its own":     {"fine\n  cost      | at most 1 USD/100", `"fine\x0a \x20cost \x20\x20\x20\x20\x20| at most 1 USD/100"`},
		"escape sequences":      {"\x1b[2J\x1b[31mred\u009b0m\a\b", `"\x1b[2J\x1b[31mred\U0000009b0m\x07\x08"`},
		"right to left":         {"pay \u202e00001\u202c now \u2067x\u2069", `"pay \U0000202e00001\U0000202c now \U00002067x\U00002069"`},
		"right to left letters": {"100 \u05d0 200", `"100 \U000005d0 200"`},
		"nothing to see":        {"a\u200bb\u3164c\u00add\u2800e\ufe0ff\u115f", `"a\U0000200bb\U00003164c\U000000add\U00002800e\U0000fe0ff\U0000115f"`},
		"line separators":       {"a\u2028b\u2029c\u0085d\r", `"a\U00002028b\U00002029c\U00000085d\x0d"`},
		"quotes":                {`" and "\`, `"\" and \"\\"`},
		"marks":                 {"e\u0301 a\u0300\u0300\u0300\u0300", "\"e\u0301 a\u0300\u0300\\U00000300\\U00000300\""},
		"other scripts":         {"Zürich 東京 Київ", `"Zürich 東京 Київ"`},
	} {
		t.Run(name, func(t *testing.T) {
			asked := good
			asked.Words = tt.text
			text, err := delegation.ApprovalText(asked)
			require.NoError(t, err)
			requireColumns(t, text)
			require.Contains(t, unwrap(text), tt.want)
		})
	}
	long := good
	long.Words = strings.Repeat("a", 1500)
	text, err := delegation.ApprovalText(long)
	require.NoError(t, err)
	requireColumns(t, text)
	require.Contains(t, unwrap(text), "500 characters more, not shown")

	// Arguments are shown to their end.
	args := good
	args.Arguments = []byte(`{"a b":{"x\n":["` + strings.Repeat("y", 3000) + `END",true,null,1e2]},"z":"\u202e"}`)
	text, err = delegation.ApprovalText(args)
	require.NoError(t, err)
	requireColumns(t, text)
	require.Contains(t, unwrap(text), `yEND", true, null, 100]}`)
	require.Contains(t, unwrap(text), `"a b" = {"x\x0a": [`)
	require.Contains(t, unwrap(text), `z = "\U0000202e"`)
}

// unwrap joins lines that were broken.
func unwrap(text string) string { return strings.ReplaceAll(text, "\n            | ", "") }

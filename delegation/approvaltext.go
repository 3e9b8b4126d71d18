package delegation

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// maxWords is how much of the agent's own words a person is shown, in characters.
const maxWords = 1000

// ApprovalText writes what is asked for, for the person who decides: who acts, the
// action, the resource, every argument and every amount, and apart from it, as
// what it is, the agent's own words. Everything that an agent chose is quoted and
// neutralised (see docs/spec.md 6.2): control characters, characters that turn the
// direction of text or show nothing, and runs of spaces are written as escapes, no
// line of the text begins with anything of it, and the words are cut short.
// Arguments never are: what is not shown is not approved. A request that no
// approver can sign is an error.
func ApprovalText(asked ApprovalRequest) (string, error) {
	if err := asked.check(); err != nil {
		return "", err
	}
	var p page
	p.line("agent", asked.Agent.String())
	p.line("action", asked.Action)
	p.line("resource", asked.Resource)
	p.line("at", asked.Audience)
	if err := p.arguments(asked.Arguments); err != nil {
		return "", err
	}
	for _, unit := range slices.Sorted(maps.Keys(asked.Amounts)) {
		p.line("cost", "at most "+strconv.FormatInt(asked.Amounts[unit], 10)+" "+unit)
	}
	if len(asked.Amounts) == 0 {
		p.line("cost", "none stated")
	}
	if asked.Words != "" {
		p.b.WriteString("The agent says, in words of its own that nobody checked:\n")
		p.line("words", shorten(asked.Words))
	}
	return p.b.String(), nil
}

// page is a text of two columns: names, which are ours, and what stands for them.
type page struct{ b strings.Builder }

// The width of the columns. A character beyond ASCII may be two columns wide.
const (
	nameWidth = 10
	textWidth = 64
)

// line writes one entry, over as many lines as it takes.
func (p *page) line(name, text string) {
	width := 0
	p.begin(name)
	for _, r := range text {
		w := 1
		if r > 0x7e {
			w = 2
		}
		if width += w; width > textWidth {
			p.b.WriteByte('\n')
			p.begin("")
			width = w
		}
		p.b.WriteRune(r)
	}
	p.b.WriteByte('\n')
}

func (p *page) begin(name string) {
	p.b.WriteString("  " + name + strings.Repeat(" ", max(0, nameWidth-len(name))) + "| ")
}

// arguments writes each argument, in the order of their names.
func (p *page) arguments(data []byte) error {
	if data == nil {
		data = []byte("{}")
	}
	canonical, err := strictjson.Canonical(data, maxDocument)
	if err != nil {
		return err
	}
	n := 0
	err = strictjson.Read(canonical, len(canonical), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			n++
			text, err := appendNeutral([]byte(label(name)+" = "), r)
			p.line("argument", string(text))
			return err
		})
	})
	if n == 0 {
		p.line("argument", "none")
	}
	return err
}

// label is a name as it stands, or neutralised where it could be mistaken.
func label(name string) string {
	if isToken(name) {
		return name
	}
	return neutral(name)
}

// appendNeutral writes a value of canonical JSON with its strings neutralised.
func appendNeutral(b []byte, r *strictjson.Reader) (out []byte, err error) {
	first := true
	comma := func() {
		if !first {
			b = append(b, ", "...)
		}
		first = false
	}
	switch r.Kind() {
	case '"':
		s, err := r.String()
		return append(b, neutral(s)...), err
	case '{':
		b = append(b, '{')
		err = r.Object(func(name string) (err error) {
			comma()
			b, err = appendNeutral(append(b, label(name)+": "...), r)
			return err
		})
		return append(b, '}'), err
	case '[':
		b = append(b, '[')
		_, err = r.Array(maxDocument, func(int) (err error) {
			comma()
			b, err = appendNeutral(b, r)
			return err
		})
		return append(b, ']'), err
	}
	raw, err := r.Raw() // a number, true, false or null
	return append(b, raw...), err
}

// shorten returns words neutralised and cut, saying so.
func shorten(words string) string {
	if runes := []rune(words); len(runes) > maxWords {
		return neutral(string(runes[:maxWords])) + " and " + strconv.Itoa(len(runes)-maxWords) + " characters more, not shown"
	}
	return neutral(words)
}

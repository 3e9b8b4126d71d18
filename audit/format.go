package audit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// The most there may be in the arrays of an entry.
const (
	maxLinks    = 16
	maxChildren = 64
	maxLists    = 64
	maxAmounts  = 64
)

// wireEntry is an entry with the version of its format and the key of its agent.
type wireEntry struct {
	Entry
	version uint64
	key     did.Key
	keys    *keys // that were read before; nil: none
}

// version is the format that this package reads and writes.
const version = 1

// The format of an entry, object by object. Members stand in the order in which
// RFC 8785 wants them written.
var (
	entryShape = shape[wireEntry]{
		text("action", func(e *wireEntry) *string { return &e.Action }),
		{"agent", readAgent, writeAgent},
		object("anchor", func(e *wireEntry) **Anchor { return &e.Anchor }, anchorShape),
		text("args", func(e *wireEntry) *string { return &e.Args }),
		text("cap", func(e *wireEntry) *string { return &e.Cap }),
		object("chain", func(e *wireEntry) **Chain { return &e.Chain }, chainShape),
		list("children", maxChildren, func(e *wireEntry) *[]Child { return &e.Children }, childShape.read, childShape.write),
		object("decision", func(e *wireEntry) **Decision { return &e.Decision }, decisionShape),
		text("id", func(e *wireEntry) *string { return &e.ID }),
		text("input", func(e *wireEntry) *string { return &e.Input }),
		hash("intent", func(e *wireEntry) *Hash { return &e.Intent }),
		text("invocation", func(e *wireEntry) *string { return &e.Invocation }),
		object("model", func(e *wireEntry) **Model { return &e.Model }, modelShape),
		text("outcome", func(e *wireEntry) *Outcome { return &e.Outcome }),
		text("output", func(e *wireEntry) *string { return &e.Output }),
		object("parent", func(e *wireEntry) **Parent { return &e.Parent }, parentShape),
		hash("prev", func(e *wireEntry) *Hash { return &e.Prev }),
		text("receipt", func(e *wireEntry) *string { return &e.Receipt }),
		object("resource", func(e *wireEntry) **Resource { return &e.Resource }, resourceShape),
		text("role", func(e *wireEntry) *Role { return &e.Role }),
		text("runtime", func(e *wireEntry) *string { return &e.Runtime }),
		number("seq", func(e *wireEntry) *uint64 { return &e.Seq }),
		text("task", func(e *wireEntry) *string { return &e.Task }),
		instant("time", func(e *wireEntry) *time.Time { return &e.Time }),
		object("tool", func(e *wireEntry) **Tool { return &e.Tool }, toolShape),
		text("trace", func(e *wireEntry) *string { return &e.Trace }),
		text("type", func(e *wireEntry) *Type { return &e.Type }),
		number("v", func(e *wireEntry) *uint64 { return &e.version }),
		object("why", func(e *wireEntry) **Why { return &e.Why }, whyShape),
	}
	anchorShape = shape[Anchor]{
		text("checkpoint", func(a *Anchor) *string { return &a.Checkpoint }),
		text("origin", func(a *Anchor) *string { return &a.Origin }),
		hash("root", func(a *Anchor) *Hash { return &a.Root }),
		number("size", func(a *Anchor) *uint64 { return &a.Size }),
	}
	parentShape = shape[Parent]{
		identity("agent", func(p *Parent) *did.DID { return &p.Agent }),
		hash("entry", func(p *Parent) *Hash { return &p.Entry }),
	}
	childShape = shape[Child]{
		identity("agent", func(c *Child) *did.DID { return &c.Agent }),
		hash("last", func(c *Child) *Hash { return &c.Last }),
	}
	chainShape = shape[Chain]{
		text("digest", func(c *Chain) *string { return &c.Digest }),
		list("links", maxLinks, func(c *Chain) *[]Link { return &c.Links }, linkShape.read, linkShape.write),
	}
	linkShape = shape[Link]{
		text("digest", func(l *Link) *string { return &l.Digest }),
		text("id", func(l *Link) *string { return &l.ID }),
		identity("issuer", func(l *Link) *did.DID { return &l.Issuer }),
		identity("subject", func(l *Link) *did.DID { return &l.Subject }),
	}
	resourceShape = shape[Resource]{
		text("digest", func(r *Resource) *string { return &r.Digest }),
		text("pattern", func(r *Resource) *string { return &r.Pattern }),
	}
	decisionShape = shape[Decision]{
		{"amounts", readAmounts, writeAmounts},
		list("approval", maxLists, func(d *Decision) *[]string { return &d.Approval }, readString, writeString),
		instant("asOf", func(d *Decision) *time.Time { return &d.AsOf }),
		count("count", func(d *Decision) *int { return &d.Count }),
		text("dimension", func(d *Decision) *string { return &d.Dimension }),
		text("effect", func(d *Decision) *Effect { return &d.Effect }),
		{"link", readLink, writeLink},
		text("mode", func(d *Decision) *string { return &d.Mode }),
		text("policy", func(d *Decision) *string { return &d.Policy }),
		count("rule", func(d *Decision) *int { return &d.Rule }),
		list("status", maxLists, func(d *Decision) *[]StatusList { return &d.Status }, statusShape.read, statusShape.write),
	}
	statusShape = shape[StatusList]{
		instant("asOf", func(s *StatusList) *time.Time { return &s.AsOf }),
		text("digest", func(s *StatusList) *string { return &s.Digest }),
	}
	whyShape = shape[Why]{
		text("code", func(w *Why) *WhyCode { return &w.Code }),
		text("digest", func(w *Why) *string { return &w.Digest }),
	}
	modelShape = shape[Model]{
		text("digest", func(m *Model) *string { return &m.Digest }),
		text("name", func(m *Model) *string { return &m.Name }),
		text("provider", func(m *Model) *string { return &m.Provider }),
		text("version", func(m *Model) *string { return &m.Version }),
	}
	toolShape = shape[Tool]{
		text("digest", func(t *Tool) *string { return &t.Digest }),
		text("name", func(t *Tool) *string { return &t.Name }),
		text("version", func(t *Tool) *string { return &t.Version }),
	}
)

func readString(r *strictjson.Reader, s *string) (err error) {
	*s, err = r.String()
	return err
}

func writeString(b []byte, s *string) []byte { return appendText(b, *s) }

// The link of a decision is there when it is 0 too.
func readLink(r *strictjson.Reader, d *Decision) error {
	n, err := r.Int()
	d.Link = new(int(n))
	return err
}

func writeLink(b []byte, d *Decision) []byte {
	if d.Link == nil {
		return b
	}
	return strconv.AppendInt(b, int64(*d.Link), 10)
}

func readAmounts(r *strictjson.Reader, d *Decision) error {
	d.Amounts = make(map[string]int64)
	return r.Object(func(unit string) (err error) {
		if len(d.Amounts) == maxAmounts {
			return fmt.Errorf("more than %d units", maxAmounts)
		}
		d.Amounts[unit], err = r.Int()
		return err
	})
}

// writeAmounts writes the units sorted. They are ASCII, so this is the order of RFC 8785.
func writeAmounts(b []byte, d *Decision) []byte {
	for i, unit := range slices.Sorted(maps.Keys(d.Amounts)) {
		b = append(b, "{,"[min(i, 1)])
		b = append(appendText(b, unit), ':')
		b = strconv.AppendInt(b, d.Amounts[unit], 10)
	}
	if len(d.Amounts) > 0 {
		b = append(b, '}')
	}
	return b
}

// The agent of an entry is read down to its key once, which verifying needs.
func readAgent(r *strictjson.Reader, e *wireEntry) error {
	s, err := r.String()
	if err != nil {
		return err
	}
	text, ok := strings.CutPrefix(s, "did:key:")
	if !ok {
		return fmt.Errorf("%.80q, want a did:key", s)
	}
	if e.key, err = e.keys.parse(text); err != nil {
		return err
	}
	if e.key.Algorithm() == "" {
		return fmt.Errorf("%.80q, want a key that signs", s)
	}
	e.Agent = e.key.DID()
	return nil
}

func writeAgent(b []byte, e *wireEntry) []byte { return appendText(b, e.Agent.String()) }

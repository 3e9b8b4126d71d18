package audit

import (
	"cmp"
	"slices"
	"time"
)

// maxSkew is how far the clocks of writers and witnesses may be apart.
const maxSkew = 5 * time.Minute

// checkTimes holds the times that writers claim to those that witnesses vouch for: an
// entry is later than the checkpoint that it names, and earlier than one that covers
// it. Where several witnesses signed, the bound that says less counts, so that no
// one witness with a wrong clock frames a writer.
func (a *auditor) checkTimes() {
	seen := append(a.anchors(), a.report.Head)
	slices.SortStableFunc(seen, func(a, b *Checkpoint) int { return cmp.Compare(a.Size(), b.Size()) })
	named := make(map[string]*Checkpoint) // by the digest that an anchor has
	for _, c := range seen {
		if len(c.Cosignatures()) > 0 {
			named[c.Anchor().Checkpoint] = c
		}
	}
	for _, i := range a.report.items {
		if anchor := i.entry().Anchor; anchor != nil {
			a.checkAfter(i, named[anchor.Checkpoint])
		}
		a.checkBefore(i, seen)
	}
}

// checkAfter checks that an entry is later than the checkpoint it names.
func (a *auditor) checkAfter(i Item, c *Checkpoint) {
	from, _, ok := c.span()
	if e := i.entry(); ok && e.Time.Before(from.Add(-maxSkew)) {
		a.find(Backdated, i, nil, "entry %d of %s claims %s, and names a checkpoint that was cosigned at %s",
			e.Seq, e.Agent, e.Time.Format(timeForm), from.Format(timeForm))
		a.prove(c)
	}
}

// checkBefore checks that an entry is earlier than the smallest of these checkpoints
// that covers it.
func (a *auditor) checkBefore(i Item, seen []*Checkpoint) {
	for _, c := range seen {
		_, to, ok := c.span()
		if !ok || c.Size() <= i.Index {
			continue
		}
		if e := i.entry(); e.Time.After(to.Add(maxSkew)) {
			a.find(Backdated, i, nil, "entry %d of %s claims %s, and the log had it when it was cosigned at %s",
				e.Seq, e.Agent, e.Time.Format(timeForm), to.Format(timeForm))
			a.prove(c)
		}
		return
	}
}

// prove adds a checkpoint to the evidence of the last finding.
func (a *auditor) prove(c *Checkpoint) {
	f := &a.report.Findings[len(a.report.Findings)-1]
	f.Checkpoints = append(f.Checkpoints, c.Bytes())
}

// span returns the first and the last time at which c was cosigned.
func (c *Checkpoint) span() (from, to time.Time, ok bool) {
	for n, s := range c.Cosignatures() {
		if n == 0 || s.Time.Before(from) {
			from = s.Time
		}
		if n == 0 || s.Time.After(to) {
			to = s.Time
		}
	}
	return from, to, len(c.Cosignatures()) > 0
}

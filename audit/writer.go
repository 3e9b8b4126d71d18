package audit

import (
	"maps"
	"slices"
)

// writer is what one key wrote.
type writer struct {
	items []Item            // its statements, in the order of the log
	seqs  map[uint64][]Item // by number
	said  map[string]bool   // by signing input
	end   *Item             // the first task.close
}

func newWriter() *writer {
	return &writer{seqs: make(map[uint64][]Item), said: make(map[string]bool)}
}

// take adds a statement and reports whether it is a new one. The same one under another signature is not another:
// else an operator who can vary a signature could frame the writer.
func (w *writer) take(i Item) bool {
	if w.said[i.Signed.signingInput()] {
		return false
	}
	w.said[i.Signed.signingInput()] = true
	w.items = append(w.items, i)
	w.seqs[i.entry().Seq] = append(w.seqs[i.entry().Seq], i)
	if i.entry().Type == TaskClose && w.end == nil {
		w.end = &i
	}
	return true
}

// open returns the task.open, if the log has it.
func (w *writer) open() (Item, bool) {
	if at := w.seqs[0]; len(at) > 0 {
		return at[0], true
	}
	return Item{}, false
}

// checkWriters checks that what each writer wrote is one chain without a gap.
func (a *auditor) checkWriters() {
	for _, w := range a.order {
		a.checkNumbers(w)
		a.checkOrder(w)
		for _, i := range w.items {
			a.checkLink(w, i)
		}
		first, last := w.items[0], w.items[len(w.items)-1]
		if e := first.entry(); e.Role == RoleVerifier && !a.report.policy.isVerifier(e.Agent) {
			a.find(Stranger, first, nil, "%s writes as a verifier, and the policy does not name it", e.Agent)
		}
		if w.end == nil && last.entry().Role == RoleAgent {
			a.find(Unclosed, last, nil, "%s wrote no task.close", last.entry().Agent)
		}
	}
}

// checkNumbers looks for numbers that are missing, for those that say two things, and
// for times that go back.
func (a *auditor) checkNumbers(w *writer) {
	next := uint64(0)
	var before *Item
	for _, seq := range slices.Sorted(maps.Keys(w.seqs)) {
		at := w.seqs[seq]
		if seq > next {
			a.find(Gap, at[0], nil, "entries %d to %d of %s are missing",
				next, seq-1, at[0].entry().Agent)
		}
		if len(at) > 1 {
			a.find(Fork, at[0], at[1:], "%s signed %d different entries of number %d",
				at[0].entry().Agent, len(at), seq)
		}
		for _, i := range at {
			if before != nil && i.entry().Time.Before(before.entry().Time) {
				a.find(Backdated, i, []Item{*before}, "entry %d of %s claims %s, and entry %d before it %s", seq,
					i.entry().Agent, i.entry().Time.Format(timeForm), before.entry().Seq, before.entry().Time.Format(timeForm))
			}
		}
		next, before = seq+1, &at[0]
	}
}

// checkOrder checks that the numbers go up along the log: a writer waits until
// its entry has a place before it signs the next.
func (a *auditor) checkOrder(w *writer) {
	highest := w.items[0]
	for _, i := range w.items[1:] {
		if i.entry().Seq < highest.entry().Seq {
			a.find(Reordered, i, []Item{highest}, "entry %d of %s comes after entry %d in the log",
				i.entry().Seq, i.entry().Agent, highest.entry().Seq)
			continue
		}
		highest = i
	}
}

// checkLink checks that an entry follows its predecessor, where the log has that,
// and goes on as the writer began.
func (a *auditor) checkLink(w *writer, i Item) {
	e := i.entry()
	if before := w.seqs[e.Seq-1]; e.Seq > 0 && len(before) > 0 {
		prev, ok := a.known[e.Prev]
		if !ok || prev.entry().Agent != e.Agent || prev.entry().Seq != e.Seq-1 {
			a.find(BrokenLink, i, before[:1], "entry %d of %s does not follow its entry %d",
				e.Seq, e.Agent, e.Seq-1)
		}
	}
	if w.end != nil && e.Seq > w.end.entry().Seq {
		a.find(BrokenLink, i, []Item{*w.end}, "entry %d of %s follows its task.close", e.Seq, e.Agent)
	}
	first, ok := w.open()
	if !ok {
		return
	}
	if began := first.entry(); e.Role != began.Role || e.Role == RoleAgent && e.Task != began.Task {
		a.find(BrokenLink, i, []Item{first}, "entry %d of %s has another role or task than its task.open",
			e.Seq, e.Agent)
	}
}

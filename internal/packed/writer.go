package packed

import (
	"bytes"
	"encoding/binary"
	"sync"
)

// The codes of a text. A byte from 0x20 to 0x7e stands for itself, and those from
// 1 on for a form.
const (
	opEnd      = 0x00
	opByte     = 0x1f // the next byte stands for itself
	opCopy     = 0x80 // and length - minCopy in six bits; then the distance
	opLongCopy = 0xc0 // and length - minLong in six bits and a byte; then the distance
)

// A copy is of minCopy to maxCopy bytes that end before it, not further back than
// maxDistance.
const (
	minCopy     = 4
	minLong     = minCopy + 0x40
	maxCopy     = minLong + 0x3fff
	maxDistance = 0xffff
)

// candidates is how many earlier places a copy is chosen from.
const candidates = 8

// writer packs texts. Of every choice there is one outcome, which the
// specification fixes: the packed form has one spelling.
type writer struct {
	out    []byte
	seen   []byte // the preset text and everything packed
	starts []start
	latest map[uint32]int32 // number of the latest start with these four bytes

	want   []byte // what out must become; nil: whatever comes
	agreed int    // bytes of out that are those of want
}

// start is a place where a copy may begin: in a text the first byte of a code that
// is a quotation mark or a slash, or stands for a form or a copy. It has the number
// of the one before it that begins with the same four bytes, or -1.
type start struct{ at, before int32 }

func newWriter(size int) *writer {
	w := &writer{
		out: make([]byte, 0, 512+size/8), seen: make([]byte, 0, len(preset)+size),
		starts: make([]start, 0, 64+size/16), latest: make(map[uint32]int32, 256),
	}
	w.seen = append(w.seen, preset...)
	return w
}

// presetStarts finds the starts of the preset text, once.
var presetStarts = sync.OnceValue(func() *writer {
	w := &writer{seen: []byte(preset), latest: make(map[uint32]int32)}
	for i, c := range w.seen {
		if isStart(c) && i+minCopy <= len(w.seen) {
			w.enter(i)
		}
	}
	return w
})

// isStart reports whether a copy may begin with this byte. One may begin with a
// form too.
func isStart(c byte) bool { return c == '"' || c == '/' }

// text packs one text and its end.
func (w *writer) text(t []byte) {
	base := len(w.seen)
	w.seen = append(w.seen, t...)
	u := w.findForms(base)
	for at := base; at < len(w.seen) && w.agrees(); {
		f := u.at(at)
		begins := f != nil || isStart(w.seen[at])
		n := 0
		if begins {
			n = w.copy(at, u)
		}
		if begins {
			w.enter(at)
		}
		if n > 0 {
			at += n
			continue
		}
		if f != nil {
			w.out = append(append(w.out, f.code), f.raw...)
			at = f.end
			continue
		}
		if c := w.seen[at]; c < 0x20 || c > 0x7e {
			w.out = append(w.out, opByte)
		}
		w.out = append(w.out, w.seen[at])
		at++
	}
	w.out = append(w.out, opEnd)
}

// agrees reports whether what was packed so far is how the text that it must
// become begins, if there is one: there is no need to go on with another.
func (w *writer) agrees() bool {
	if w.want == nil {
		return true
	}
	n := len(w.out)
	if n > len(w.want) || !bytes.Equal(w.out[w.agreed:n], w.want[w.agreed:n]) {
		return false
	}
	w.agreed = n
	return true
}

// copy writes the copy that stands at a place, and returns its length, or 0 where
// there is none: the longest from the latest few places that begin alike, the
// latest of several. It ends where a form ends or outside of forms.
func (w *writer) copy(at int, u *units) int {
	best, from := 0, 0
	for i, s := 0, w.find(at); i < candidates && s != nil; i, s = i+1, w.before(s) {
		j := int(s.at)
		if at-j > maxDistance {
			break
		}
		most := min(len(w.seen)-at, at-j, maxCopy)
		n := 0
		for n < most && w.seen[j+n] == w.seen[at+n] {
			n++
		}
		if n = u.whole(at, n); n > best {
			best, from = n, j
		}
	}
	if best < minCopy {
		return 0
	}
	if best < minLong {
		w.out = append(w.out, opCopy|byte(best-minCopy))
	} else {
		w.out = append(w.out, opLongCopy|byte((best-minLong)>>8), byte(best-minLong))
	}
	w.out = binary.BigEndian.AppendUint16(w.out, uint16(at-from))
	return best
}

// four returns the bytes at a place that starts are found by, as a number.
func (w *writer) four(at int) (uint32, bool) {
	if at+minCopy > len(w.seen) {
		return 0, false
	}
	return binary.BigEndian.Uint32(w.seen[at:]), true
}

// find returns the latest start that begins like what stands at a place. Those of
// the preset text come after those of this writer.
func (w *writer) find(at int) *start {
	four, ok := w.four(at)
	if !ok {
		return nil
	}
	if n, ok := w.latest[four]; ok {
		return &w.starts[n]
	}
	p := presetStarts()
	if n, ok := p.latest[four]; ok {
		return &p.starts[n]
	}
	return nil
}

// before returns the start before s that begins alike.
func (w *writer) before(s *start) *start {
	p := presetStarts()
	switch {
	case int(s.at) < len(preset):
		w = p
	case s.before < 0:
		four, _ := w.four(int(s.at))
		if n, ok := p.latest[four]; ok {
			return &p.starts[n]
		}
	}
	if s.before < 0 {
		return nil
	}
	return &w.starts[s.before]
}

// enter makes a place a start for what follows.
func (w *writer) enter(at int) {
	four, ok := w.four(at)
	if !ok {
		return
	}
	before := int32(-1)
	if n, ok := w.latest[four]; ok {
		before = n
	}
	w.latest[four] = int32(len(w.starts))
	w.starts = append(w.starts, start{int32(at), before})
}

// remember adds what no text says and a later one will: the digest of a link.
func (w *writer) remember(digest string) {
	at := len(w.seen)
	w.seen = append(w.seen, digest...)
	w.enter(at)
}

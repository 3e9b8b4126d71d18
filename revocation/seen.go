package revocation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// Seen is what a Checker must not forget when its process ends: how new the lists
// are that it saw, and which links it saw revoked. A Checker that starts with it
// refuses an older list than one seen before, and keeps revocations, as if it had
// never stopped. Without it a restart forgets both; the bound of MaxStaleness holds
// all the same.
//
// It names no list's content and no key, only URLs, DIDs, times and digests.
type Seen struct {
	marks   []mark
	revoked []seenLink
}

// mark says that a signer's list of a URL was seen.
type mark struct {
	url       string
	signer    did.DID
	validFrom time.Time
	content   string // digest of what was signed
}

type seenLink struct {
	url string
	link
}

// Seen returns what the Checker knows now. Store it (WriteTo) as often as what was
// seen since may be lost.
func (c *Checker) Seen() *Seen {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := new(Seen)
	for url, p := range c.places {
		s.marks = append(s.marks, p.marks...)
		for _, h := range p.held {
			s.marks = append(s.marks, mark{url, h.list.signer, h.list.validFrom, h.list.content})
		}
		for l := range p.stuck {
			s.revoked = append(s.revoked, seenLink{url, l})
		}
	}
	s.sort()
	return s
}

func (s *Seen) sort() {
	slices.SortFunc(s.marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.url, b.url), cmp.Compare(a.signer.String(), b.signer.String()))
	})
	slices.SortFunc(s.revoked, func(a, b seenLink) int {
		return cmp.Or(cmp.Compare(a.url, b.url), cmp.Compare(a.credential, b.credential), cmp.Compare(a.index, b.index))
	})
}

// restore makes a new Checker know what was seen.
func (c *Checker) restore(s *Seen) {
	if s == nil {
		return
	}
	for _, m := range s.marks {
		p := c.place(m.url)
		p.marks = append(p.marks, m)
		c.used += placeBytes
	}
	for _, l := range s.revoked {
		p := c.place(l.url)
		if p.stuck == nil {
			p.stuck = make(map[link]bool)
		}
		p.stuck[l.link] = true
		c.used += stuckBytes
		c.stuck += stuckBytes
	}
}

// checkMark refuses a list that is older than one seen before, and another one of
// that time.
func (p *place) checkMark(l *List) error {
	for _, m := range p.marks {
		switch {
		case m.signer != l.signer:
		case l.validFrom.Before(m.validFrom):
			return fmt.Errorf("%w: %s is of %s, one of %s was seen: get that or a newer one",
				ErrStale, l.url, stamp(l.validFrom), stamp(m.validFrom))
		case l.validFrom.Equal(m.validFrom) && l.content != m.content:
			return fmt.Errorf("%w: %s signed two for %s at %s: wait for a newer one", ErrEquivocation, l.signer, l.url, stamp(l.validFrom))
		}
	}
	return nil
}

// seenJSON is Seen, as written.
type seenJSON struct {
	Lists   []markJSON `json:"lists"`
	Revoked []linkJSON `json:"revoked"`
}

type markJSON struct {
	URL       string `json:"url"`
	Signer    string `json:"signer"`
	ValidFrom string `json:"validFrom"`
	Content   string `json:"content"`
}

type linkJSON struct {
	URL        string `json:"url"`
	Credential string `json:"credential"`
	Index      uint64 `json:"index"`
}

// WriteTo implements [io.WriterTo]: it writes JSON in the one form that ReadSeen
// reads.
func (s *Seen) WriteTo(w io.Writer) (int64, error) {
	data, err := s.text()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(data)
	return int64(n), err
}

func (s *Seen) text() ([]byte, error) {
	out := seenJSON{Lists: []markJSON{}, Revoked: []linkJSON{}}
	for _, m := range s.marks {
		out.Lists = append(out.Lists, markJSON{m.url, m.signer.String(), m.validFrom.UTC().Format(time.RFC3339Nano), m.content})
	}
	for _, l := range s.revoked {
		out.Revoked = append(out.Revoked, linkJSON{l.url, l.credential, l.index})
	}
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrList, err)
	}
	return append(data, '\n'), nil
}

// ReadSeen reads what WriteTo wrote, at most 64 MiB of it. Another text is ErrList:
// half of what was seen would be taken for all of it.
func ReadSeen(r io.Reader) (*Seen, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBundle+1))
	if err != nil {
		return nil, fmt.Errorf("revocation: read what was seen: %w", err)
	}
	if err := strictjson.Check(data, maxBundle); err != nil {
		return nil, listError(err)
	}
	var in seenJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrList, err)
	}
	s, err := in.seen()
	if err != nil {
		return nil, err
	}
	s.sort()
	if again, err := s.text(); err != nil || !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: what was seen, in another form than it is written", ErrList)
	}
	return s, nil
}

func (in *seenJSON) seen() (*Seen, error) {
	s := new(Seen)
	for _, m := range in.Lists {
		signer, err := did.Parse(m.Signer)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrList, err)
		}
		at, err := time.Parse(time.RFC3339Nano, m.ValidFrom)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrList, err)
		}
		if err := checkURL(m.URL); err != nil {
			return nil, err
		}
		s.marks = append(s.marks, mark{m.URL, signer, at, m.Content})
	}
	for _, l := range in.Revoked {
		if err := checkURL(l.URL); err != nil {
			return nil, err
		}
		s.revoked = append(s.revoked, seenLink{l.URL, link{l.Credential, l.Index}})
	}
	return s, nil
}

package revocation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/taperid/taper/vc"
)

// issued is the state of one list of an Issuer, guarded by the Issuer's mutex.
type issued struct {
	url, purpose string
	bits         *Bits
	order        *permutation
	next         uint64 // how many entries were allocated

	changed   bool      // since published
	published time.Time // validFrom last given out
	signed    []byte    // the list of that time, once it is signed
}

// allocate gives out the next entry.
func (l *issued) allocate(f Format) vc.StatusEntry {
	t := entryBits
	if f == StatusList2021 {
		t = entry2021
	}
	index := l.order.at(l.next)
	l.next++
	return vc.StatusEntry{Type: t, Purpose: l.purpose, Index: strconv.FormatUint(index, 10), List: l.url}
}

func (l *issued) set(index uint64, value uint8) error {
	had, err := l.bits.At(index)
	switch {
	case err != nil:
		return err
	case l.order.inverse(index) >= l.next:
		return fmt.Errorf("%w: index %d of %s was not allocated", ErrEntry, index, l.url)
	case had == 1 && value == 0 && l.purpose == Revocation:
		return fmt.Errorf("%w: index %d of %s: allocate a new entry", ErrFinal, index, l.url)
	}
	if err := l.bits.Set(index, value); err != nil {
		return err
	}
	l.changed = l.changed || had != value
	return nil
}

// snapshot is what a list was at one time.
type snapshot struct {
	url, purpose string
	bits         *Bits
	validFrom    time.Time
	signed       []byte // what was published already for this time
}

// snapshot copies every list and takes validFrom for it. That both happen in one
// step keeps the order of times that of contents, however long signing takes and
// whoever else publishes.
func (s *Issuer) snapshot(validFrom time.Time) ([]snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lists {
		again := validFrom.Equal(l.published) && !l.changed && l.signed != nil
		if !validFrom.After(l.published) && !again {
			return nil, fmt.Errorf("%w: %s has a list of %s, the clock says %s", ErrTooSoon, l.url, stamp(l.published), stamp(validFrom))
		}
	}
	out := make([]snapshot, 0, len(s.lists))
	for _, l := range s.lists {
		sn := snapshot{url: l.url, purpose: l.purpose, validFrom: validFrom}
		if validFrom.Equal(l.published) {
			sn.signed = l.signed
		} else {
			sn.bits = &Bits{data: bytes.Clone(l.bits.data), size: 1}
			l.published, l.changed, l.signed = validFrom, false, nil
		}
		out = append(out, sn)
	}
	return out, nil
}

// keep remembers what was signed, unless there is a newer list by now.
func (s *Issuer) keep(sn snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lists[sn.url]; l.published.Equal(sn.validFrom) {
		l.signed = sn.signed
	}
}

// sign makes the list credential, a vc+jwt of Data Model 2.0.
func (s *Issuer) sign(sn snapshot) ([]byte, error) {
	encoded, err := sn.bits.Encode(s.opts.Format)
	if err != nil {
		return nil, err
	}
	claims, err := json.Marshal(struct {
		ID      string `json:"id"`
		Type    Format `json:"type"`
		Purpose string `json:"statusPurpose"`
		List    string `json:"encodedList"`
	}{sn.url + "#list", s.opts.Format, sn.purpose, encoded})
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrList, err)
	}
	c := vc.Credential{
		Context: []string{vc.ContextV2}, ID: sn.url, Type: []string{"VerifiableCredential", listBits},
		ValidFrom: sn.validFrom, Subject: []vc.Subject{{Claims: claims}},
	}
	if s.opts.Format == StatusList2021 {
		c.Context, c.Type[1] = append(c.Context, context2021), list2021
	}
	if s.opts.Lifetime > 0 {
		c.ValidUntil = sn.validFrom.Add(s.opts.Lifetime)
	}
	token, err := vc.Sign(c, s.signer, vc.SignOptions{})
	return []byte(token), err
}

package revocation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/taperid/taper/vc"
)

// Publish signs the lists that changed, or are too old, and returns them all. Call
// it on a tick, from as many processes as share the store. now is the issuer's
// clock, read before the call: a list tells what was set before its validFrom,
// never what was not. validFrom is now in whole seconds, and later than that of
// the list published before; with something new to say in the same second it is
// ErrTooSoon. A list from more than 5 minutes ahead is no obstacle: no verifier took
// it.
//
// One list that cannot be published does not keep the others back: beside an error
// the Bundle has what there is. It is nil only if the store could not be read.
func (s *Issuer) Publish(ctx context.Context, now time.Time) (*Bundle, error) {
	lists, err := s.opts.Store.Lists(ctx)
	if err != nil {
		return nil, err
	}
	out := NewBundle()
	var errs []error
	for _, l := range lists {
		if !strings.HasPrefix(l.URL, s.base) {
			continue
		}
		signed, err := s.publish(ctx, l, now.UTC().Truncate(time.Second))
		if errors.Is(err, ErrRetired) {
			out.Retire(l.URL)
			continue
		}
		if err != nil {
			errs = append(errs, err)
		}
		if signed != nil {
			errs = append(errs, out.Add(l.URL, signed))
		}
	}
	return out, errors.Join(errs...)
}

// publish makes sure that a list is published as it is now, by this Issuer or
// another, and returns it.
func (s *Issuer) publish(ctx context.Context, l StoredList, validFrom time.Time) ([]byte, error) {
	if !l.Retired && !l.Until.IsZero() && validFrom.After(l.Until.Add(maxSkew)) {
		if err := s.opts.Store.Retire(ctx, l.URL); err != nil {
			return nil, err
		}
		l.Retired = true
	}
	if l.Retired {
		return nil, fmt.Errorf("%w: %s", ErrRetired, l.URL)
	}
	ahead := l.Published.fromFuture(validFrom) // as it was when the clock was read
	const tries = 4
	err := fmt.Errorf("%w: others keep publishing %s", ErrConflict, l.URL)
	for range tries {
		if !ahead && s.isCurrent(&l, validFrom) {
			return s.published(ctx, &l)
		}
		if !ahead && !validFrom.After(l.Published.ValidFrom) {
			signed, err := s.published(ctx, &l)
			return signed, errors.Join(err, fmt.Errorf("%w: %s has a list of %s, the clock says %s",
				ErrTooSoon, l.URL, stamp(l.Published.ValidFrom), stamp(validFrom)))
		}
		read, entries, e := s.opts.Store.Snapshot(ctx, l.URL)
		if e != nil {
			return nil, e
		}
		if !read.Published.Same(l.Published) {
			l, ahead = read, false
			continue
		}
		next := Publication{read.Version, validFrom, nil}
		if next.Signed, e = s.sign(&read, entries, validFrom); e != nil {
			return nil, e
		}
		e = s.opts.Store.Publish(ctx, l.URL, read.Published, next)
		if e == nil {
			s.keep(l.URL, next)
			return next.Signed, nil
		}
		if !errors.Is(e, ErrConflict) {
			return nil, e
		}
		if l, _, e = s.opts.Store.Snapshot(ctx, l.URL); e != nil {
			return nil, e
		}
		ahead = false
	}
	return nil, err
}

// isCurrent reports whether what is published of a list will do.
func (s *Issuer) isCurrent(l *StoredList, validFrom time.Time) bool {
	p := &l.Published
	if p.ValidFrom.IsZero() || p.Version != l.Version {
		return false
	}
	return !validFrom.After(p.ValidFrom) || validFrom.Sub(p.ValidFrom) < s.opts.Resign
}

// fromFuture reports whether a publisher's clock was so far ahead that no verifier
// can have taken the list. It may be replaced by one of now, or it would keep all
// others back until its time comes.
func (p *Publication) fromFuture(now time.Time) bool { return p.ValidFrom.Sub(now) > maxSkew }

// published returns what was signed of a list, which others may have done.
func (s *Issuer) published(ctx context.Context, l *StoredList) ([]byte, error) {
	s.mu.Lock()
	p, ok := s.signed[l.URL]
	s.mu.Unlock()
	if ok && p.Same(l.Published) {
		return p.Signed, nil
	}
	read, _, err := s.opts.Store.Snapshot(ctx, l.URL)
	if err != nil {
		return nil, err
	}
	s.keep(l.URL, read.Published)
	return read.Published.Signed, nil
}

func (s *Issuer) keep(url string, p Publication) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed[url] = p
}

// sign makes the list credential: of Data Model 2.0, and for StatusList2021 of 1.1.
func (s *Issuer) sign(l *StoredList, entries []StoredEntry, validFrom time.Time) ([]byte, error) {
	bits, err := MakeBits(int(l.Entries), l.Size)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if err := bits.Set(e.Index, e.Value); err != nil {
			return nil, err
		}
	}
	if err := s.addDecoys(l, bits, validFrom); err != nil {
		return nil, err
	}
	subject := issuedSubject{ID: l.URL + "#list", Type: l.Format, Purpose: l.Purpose, TTL: s.opts.TTL.Milliseconds()}
	if l.Purpose == Message {
		subject.Size, subject.Messages = l.Size, issuedMessages(s.opts.Messages)
	}
	if subject.List, err = bits.Encode(l.Format); err != nil {
		return nil, err
	}
	claims, err := json.Marshal(subject)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrList, err)
	}
	c := vc.Credential{
		Context: []string{vc.ContextV2}, ID: l.URL, Type: []string{"VerifiableCredential", listBits},
		ValidFrom: validFrom, Subject: []vc.Subject{{Claims: claims}},
	}
	if l.Format == StatusList2021 { // whose context defines again what that of 2.0 protects
		c.Context, c.Type[1] = []string{vc.ContextV1, context2021}, list2021
	}
	if s.opts.Lifetime > 0 {
		c.ValidUntil = validFrom.Add(s.opts.Lifetime)
	}
	opts := vc.SignOptions{Format: s.opts.Securing}
	switch opts.Format {
	case vc.JWT, vc.JWTv1:
		opts.Format = "" // as the data model wants
	case "":
	default:
		opts.Created = validFrom
	}
	token, err := vc.Sign(c, s.signer, opts)
	return []byte(token), err
}

// issuedSubject is the subject of a list credential, as written.
type issuedSubject struct {
	ID       string          `json:"id"`
	Type     Format          `json:"type"`
	Purpose  string          `json:"statusPurpose"`
	TTL      int64           `json:"ttl,omitempty"`
	Size     int             `json:"statusSize,omitempty"`
	Messages []issuedMessage `json:"statusMessages,omitempty"`
	List     string          `json:"encodedList"`
}

type issuedMessage struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func issuedMessages(messages []string) (out []issuedMessage) {
	for value, m := range messages {
		out = append(out, issuedMessage{fmt.Sprintf("%#x", value), m})
	}
	return out
}

// addDecoys sets the decoys whose time has come: each at a moment of its own that
// the key decides, so that all publishers agree. A final one stays, others pass.
func (s *Issuer) addDecoys(l *StoredList, bits *Bits, validFrom time.Time) error {
	span := 2 * s.opts.Bucket
	elapsed := validFrom.Sub(l.Until.Add(-span))
	if l.Room == l.Entries || elapsed < 0 {
		return nil
	}
	order := newPermutation(l.Entries, l.Key)
	for n := l.Room; n < l.Entries; n++ {
		moment := time.Duration(order.moment(n) % uint64(span))
		on := elapsed >= moment
		if !l.Final {
			on = (elapsed+moment)%span < span/8
		}
		if on {
			if err := bits.Set(order.at(n), 1); err != nil {
				return err
			}
		}
	}
	return nil
}

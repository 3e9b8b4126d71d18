package revocation

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/taperid/taper/vc"
)

// lease is what is left of the numbers last reserved of a pool.
type lease struct {
	url   string
	order *permutation
	next  uint64
	end   uint64
}

// Allocate returns an entry for each purpose, in that order, for the
// credentialStatus of one credential that ends at until. An index says nothing
// about when it was given out and is never given out again. The entries are 0;
// publish before you hand out the credential, or a verifier finds no list.
//
// until matters to an Issuer with buckets alone; there the zero time is ErrPolicy.
func (s *Issuer) Allocate(ctx context.Context, until time.Time, purposes ...string) ([]vc.StatusEntry, error) {
	pools := make([]StoredList, len(purposes))
	for i, p := range purposes {
		var err error
		if pools[i], err = s.pool(p, until); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]vc.StatusEntry, len(purposes))
	for i := range pools {
		l, err := s.lease(ctx, &pools[i])
		if err != nil {
			return nil, err
		}
		out[i] = s.entry(&pools[i], l)
	}
	return out, nil
}

// pool describes the lists for a purpose and an end.
func (s *Issuer) pool(purpose string, until time.Time) (StoredList, error) {
	l := StoredList{
		Purpose: purpose, Format: s.opts.Format, Size: 1,
		Entries: uint64(s.opts.Size), Room: uint64(s.opts.Size - s.opts.Decoys), Block: block,
	}
	switch purpose {
	case Revocation, Refresh:
		l.Final = true
	case Suspension, Guarded:
	case Message:
		l.Size = s.opts.messageBits()
	default:
		return l, fmt.Errorf("%w: %.40q is not understood", ErrPurpose, purpose)
	}
	if l.Size == 0 {
		return l, fmt.Errorf("%w: %s without IssuerOptions.Messages", ErrPurpose, purpose)
	}
	if b := s.opts.Bucket; b > 0 {
		if until.IsZero() {
			return l, fmt.Errorf("%w: an entry that never ends, with buckets", ErrPolicy)
		}
		l.Until = until.UTC().Add(b - 1).Truncate(b)
	}
	l.Pool = fmt.Sprintf("%s %s %s %d*%d-%d %d", s.base, l.Format, l.Purpose, l.Entries, l.Size, s.opts.Decoys, stampOf(l.Until))
	return l, nil
}

// stampOf is the time of an end in seconds, 0 for none.
func stampOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// lease returns numbers of a pool that are left, from the store if there are none.
func (s *Issuer) lease(ctx context.Context, pool *StoredList) (*lease, error) {
	if l := s.leases[pool.Pool]; l != nil && l.next < l.end {
		return l, nil
	}
	const tries = 8 // others may open a list, and use it up
	for range tries {
		list, first, err := s.opts.Store.Reserve(ctx, pool.Pool)
		if err == nil {
			l := &lease{list.URL, newPermutation(list.Entries, list.Key), first, list.Next}
			s.leases[pool.Pool] = l
			return l, nil
		}
		if !errors.Is(err, ErrFull) {
			return nil, err
		}
		if err := s.open(ctx, *pool); err != nil && !errors.Is(err, ErrConflict) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: no list of %s to be had", ErrConflict, pool.Purpose)
}

// open adds the next list of a pool.
func (s *Issuer) open(ctx context.Context, l StoredList) error {
	lists, err := s.opts.Store.Lists(ctx)
	if err != nil {
		return err
	}
	for _, o := range lists {
		if o.Pool == l.Pool {
			l.Number = max(l.Number, o.Number)
		}
	}
	l.Number++
	name := make([]byte, 15) // a number would tell how many there are
	rand.Read(name)
	l.URL = s.base + base64.RawURLEncoding.EncodeToString(name)
	rand.Read(l.Key[:])
	return s.opts.Store.Add(ctx, l)
}

// entry gives out the next number of a lease.
func (s *Issuer) entry(pool *StoredList, l *lease) vc.StatusEntry {
	index := l.order.at(l.next)
	l.next++
	e := vc.StatusEntry{Type: entryBits, Purpose: pool.Purpose, Index: strconv.FormatUint(index, 10), List: l.url}
	if pool.Format == StatusList2021 {
		e.Type = entry2021
	}
	if pool.Purpose == Message {
		e.Size, e.Messages = pool.Size, slices.Clone(s.opts.Messages)
	}
	return e
}

// Set gives entries a value, all of them or none, from the next Publish on. A
// suspension or a guard can be lifted; to take a revocation back is ErrFinal, and
// to set an entry that was not allocated is ErrEntry.
func (s *Issuer) Set(ctx context.Context, value uint8, entries ...vc.StatusEntry) error {
	changes := make([]Change, len(entries))
	for i, e := range entries {
		index, err := ParseIndex(e.Index)
		if err != nil {
			return err
		}
		if err := s.checkChange(ctx, &e, index, value); err != nil {
			return err
		}
		changes[i] = Change{e.List, index, value}
	}
	return s.opts.Store.Set(ctx, changes)
}

// checkChange refuses an entry that is not one of this Issuer's.
func (s *Issuer) checkChange(ctx context.Context, e *vc.StatusEntry, index uint64, value uint8) error {
	l, err := s.list(ctx, e.List, index)
	switch {
	case err != nil:
		return err
	case l.Purpose != e.Purpose:
		return fmt.Errorf("%w: %s is not for %.40q", ErrEntry, e.List, e.Purpose)
	case index >= l.Entries || uint16(value)>>l.Size != 0:
		return fmt.Errorf("%w: index %d to %d in %s, of %d entries of %d bits", ErrRange, index, value, l.URL, l.Entries, l.Size)
	case newPermutation(l.Entries, l.Key).inverse(index) >= l.Next:
		return fmt.Errorf("%w: index %d of %s was not allocated", ErrEntry, index, l.URL)
	}
	return nil
}

// list returns the state of a list, anew where what is known is too old to have
// given out the index.
func (s *Issuer) list(ctx context.Context, url string, index uint64) (StoredList, error) {
	s.mu.Lock()
	l, ok := s.lists[url]
	s.mu.Unlock()
	if ok && index < l.Entries && newPermutation(l.Entries, l.Key).inverse(index) < l.Next {
		return l, nil
	}
	lists, err := s.opts.Store.Lists(ctx)
	if err != nil {
		return StoredList{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range lists {
		s.lists[l.URL] = l
	}
	if l, ok = s.lists[url]; !ok {
		return StoredList{}, fmt.Errorf("%w: %.120q is not a list of this issuer", ErrEntry, url)
	}
	return l, nil
}

package revocation

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// IssuerOptions say how an Issuer makes lists. The zero value makes Bitstring
// lists of MinEntries entries that do not expire by themselves.
type IssuerOptions struct {
	Format Format // empty: Bitstring
	// Size is the number of entries of a list, a multiple of 8 from MinEntries
	// (which is what 0 means) to 1,048,576.
	Size int
	// Lifetime is how long a published list says that it is valid, in whole
	// seconds; 0: it does not say. A verifier limits the age of lists anyway.
	Lifetime time.Duration
}

const maxIssued = 1 << 20 // entries; a list of random bits still fits a credential

// Issuer hands out entries of status lists, changes them, and publishes the lists
// signed. Each purpose has lists of its own; a list that is used up is followed by
// another. Everything is in memory: an Issuer that is made anew has URLs of its
// own and knows nothing of earlier entries, whose lists then grow stale and refuse.
//
// An Issuer is safe for concurrent use.
type Issuer struct {
	signer *did.Signer
	base   string // URL up to the name of a list
	opts   IssuerOptions

	mu    sync.Mutex
	lists map[string]*issued // by URL
	open  map[string]*issued // the list to allocate from, by purpose
}

// NewIssuer returns an Issuer that signs as signer. The lists are to be found
// below baseURL, an https URL without query and fragment.
func NewIssuer(signer *did.Signer, baseURL string, opts IssuerOptions) (*Issuer, error) {
	if signer.DID().IsZero() {
		return nil, fmt.Errorf("%w: no signer", ErrPolicy)
	}
	if err := checkURL(baseURL); err != nil {
		return nil, err
	}
	if strings.Contains(baseURL, "?") || len(baseURL) > maxURL/2 {
		return nil, fmt.Errorf("%w: %.120q, want a short one without query", ErrURL, baseURL)
	}
	if err := opts.setDefaults(); err != nil {
		return nil, err
	}
	run := make([]byte, 9)
	rand.Read(run)
	return &Issuer{
		signer: signer, opts: opts,
		base:  strings.TrimSuffix(baseURL, "/") + "/" + base64.RawURLEncoding.EncodeToString(run),
		lists: make(map[string]*issued), open: make(map[string]*issued),
	}, nil
}

func (o *IssuerOptions) setDefaults() error {
	if o.Format == "" {
		o.Format = Bitstring
	}
	if o.Size == 0 {
		o.Size = MinEntries
	}
	switch {
	case o.Format != Bitstring && o.Format != StatusList2021:
		return fmt.Errorf("%w: unknown format %.40q", ErrPolicy, string(o.Format))
	case o.Size < MinEntries || o.Size > maxIssued || o.Size%8 != 0:
		return fmt.Errorf("%w: lists of %d entries, want a multiple of 8 from %d to %d", ErrPolicy, o.Size, MinEntries, maxIssued)
	case o.Lifetime < 0 || o.Lifetime%time.Second != 0:
		return fmt.Errorf("%w: Lifetime %s, want whole seconds", ErrPolicy, o.Lifetime)
	}
	return nil
}

// Allocate returns an entry for each purpose, in that order, for one credential's
// credentialStatus. An index says nothing about when it was given out and is never
// given out again. The entries are 0; publish before you hand out the credential,
// or a verifier finds no list.
func (s *Issuer) Allocate(purposes ...string) ([]vc.StatusEntry, error) {
	for _, p := range purposes {
		if p != Revocation && p != Suspension && p != Guarded && p != Refresh {
			return nil, fmt.Errorf("%w: %.40q", ErrPurpose, p)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []vc.StatusEntry
	for _, p := range purposes {
		l := s.open[p]
		if l == nil || l.next == l.order.n {
			var err error
			if l, err = s.add(p); err != nil {
				return nil, err
			}
		}
		out = append(out, l.allocate(s.opts.Format))
	}
	return out, nil
}

// add opens the next list of a purpose.
func (s *Issuer) add(purpose string) (*issued, error) {
	bits, err := MakeBits(s.opts.Size, 1)
	if err != nil {
		return nil, err
	}
	var key [permutationKey]byte
	rand.Read(key[:])
	l := &issued{
		url:     fmt.Sprintf("%s/%s-%d", s.base, purpose, len(s.lists)+1),
		purpose: purpose, bits: bits, order: newPermutation(uint64(s.opts.Size), key), changed: true,
	}
	s.lists[l.url], s.open[purpose] = l, l
	return l, nil
}

// Set makes an entry 0 or 1, from the next Publish on. A suspension or a guard can
// be lifted; to take a revocation back is ErrFinal, and to set an entry that this
// Issuer did not allocate is ErrEntry.
func (s *Issuer) Set(entry vc.StatusEntry, value uint8) error {
	index, err := ParseIndex(entry.Index)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lists[entry.List]
	if l == nil || l.purpose != entry.Purpose {
		return fmt.Errorf("%w: %.120q is not a list for %.40q of this issuer", ErrEntry, entry.List, entry.Purpose)
	}
	return l.set(index, value)
}

// Publish signs all lists and returns them. now is the issuer's clock, read before
// the call: a list tells what was set before its validFrom, never what was not.
// validFrom is now in whole seconds, and later than that of the list published
// before; within one second the same lists are returned again, or ErrTooSoon if
// there is something new to say. On an error nothing was published.
func (s *Issuer) Publish(now time.Time) (*Bundle, error) {
	snapshots, err := s.snapshot(now.UTC().Truncate(time.Second))
	if err != nil {
		return nil, err
	}
	out := NewBundle()
	for _, sn := range snapshots {
		if sn.signed == nil {
			if sn.signed, err = s.sign(sn); err != nil {
				return nil, err
			}
			s.keep(sn)
		}
		if err := out.Add(sn.url, sn.signed); err != nil {
			return nil, err
		}
	}
	return out, nil
}

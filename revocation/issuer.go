package revocation

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// IssuerOptions say how an Issuer makes lists. The zero value makes Bitstring
// lists of MinEntries entries that do not expire by themselves, in memory.
type IssuerOptions struct {
	// Store keeps the state; nil: a MemoryStore. Issuers that share a store have
	// the same options and the same base URL.
	Store Store

	Format Format // empty: Bitstring
	// Size is the number of entries of a list, a multiple of 8 from MinEntries
	// (which is what 0 means) to 1,048,576 bits in all.
	Size int
	// Messages are the meanings of the values of purpose "message", 2, 4, 8 ... or
	// 256 of them. Without them there are no entries of that purpose.
	Messages []string

	// Securing is how lists are signed; empty: as a JWT. The formats over RDF know no
	// statusMessages, so they go without Messages.
	Securing vc.Format
	// Lifetime is how long a published list says that it is valid, in whole
	// seconds; 0: it does not say. A verifier limits the age of lists anyway.
	Lifetime time.Duration
	// TTL is what a list says about when to ask again; 0: it does not say.
	TTL time.Duration
	// Resign is how old an unchanged list may become before Publish signs it anew.
	// It must be well below the staleness that verifiers accept. 0: each Publish
	// signs every list.
	Resign time.Duration
	// Bucket puts entries whose credentials end within one such span into lists of
	// their own, which are retired when all have ended; 0: no list is retired.
	Bucket time.Duration
	// Decoys is how many entries of each list are never given out and are set by
	// and by, so that counting set entries tells less. 0: none.
	Decoys int
}

const (
	maxIssued = 1 << 20 // bits; a list of random ones still fits a credential
	block     = 256     // numbers taken from the store at once
)

// Issuer hands out entries of status lists, changes them, and publishes the lists
// signed. Each purpose has lists of its own; a list that is used up is followed by
// another. One entry a principal suffices for most: agents below it inherit its
// status.
//
// An Issuer is safe for concurrent use, and many of them, in many processes, may
// share a Store.
type Issuer struct {
	signer *did.Signer
	base   string // URL up to the name of a list
	opts   IssuerOptions

	mu     sync.Mutex
	leases map[string]*lease     // by pool
	lists  map[string]StoredList // by URL, as last seen
	signed map[string]Publication
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
	return &Issuer{
		signer: signer, opts: opts, base: strings.TrimSuffix(baseURL, "/") + "/",
		leases: make(map[string]*lease), lists: make(map[string]StoredList), signed: make(map[string]Publication),
	}, nil
}

func (o *IssuerOptions) setDefaults() error {
	if o.Store == nil {
		o.Store = new(MemoryStore)
	}
	if o.Format == "" {
		o.Format = Bitstring
	}
	if o.Size == 0 {
		o.Size = MinEntries
	}
	n := len(o.Messages)
	switch {
	case o.Format != Bitstring && o.Format != StatusList2021:
		return fmt.Errorf("%w: unknown format %.40q", ErrPolicy, string(o.Format))
	case o.Size < MinEntries || o.Size > maxIssued || o.Size%8 != 0:
		return fmt.Errorf("%w: lists of %d entries, want a multiple of 8 from %d to %d", ErrPolicy, o.Size, MinEntries, maxIssued)
	case n > 0 && (o.Format != Bitstring || n < 2 || n > 1<<maxSize || n&(n-1) != 0 || o.Size*o.messageBits() > maxIssued):
		return fmt.Errorf("%w: %d messages of %d entries of a %s", ErrPolicy, n, o.Size, o.Format)
	case !isSpan(o.Lifetime) || !isSpan(o.Resign) || !isSpan(o.Bucket):
		return fmt.Errorf("%w: Lifetime %s, Resign %s, Bucket %s, want whole seconds", ErrPolicy, o.Lifetime, o.Resign, o.Bucket)
	case o.TTL < 0 || o.TTL%time.Millisecond != 0 || o.Lifetime > 0 && o.Resign >= o.Lifetime:
		return fmt.Errorf("%w: TTL %s, want whole milliseconds; Resign %s, want less than Lifetime", ErrPolicy, o.TTL, o.Resign)
	case o.Decoys < 0 || o.Decoys > o.Size/2 || o.Decoys > 0 && o.Bucket == 0:
		return fmt.Errorf("%w: %d decoys of %d entries, want at most half, and a Bucket", ErrPolicy, o.Decoys, o.Size)
	}
	return nil
}

func isSpan(d time.Duration) bool { return d >= 0 && d%time.Second == 0 }

// messageBits is the number of bits that tell the messages apart.
func (o *IssuerOptions) messageBits() (bits int) {
	for n := 1; n < len(o.Messages); n *= 2 {
		bits++
	}
	return bits
}

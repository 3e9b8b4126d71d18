package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Log is a transparency log in memory, for tests, examples and short runs. It
// forgets everything with its process, and its Pending says so: it is never durable. It is safe for
// concurrent use.
type Log struct {
	signers   []note.Signer
	policy    *Policy
	witnesses []Witness

	publishing sync.Mutex // one Publish at a time, without keeping writers waiting

	mu        sync.Mutex
	leaves    [][]byte
	nodes     nodeStore
	places    map[Hash]uint64
	published *Checkpoint
}

// Witness cosigns checkpoints of a log that it has seen grow (C2SP tlog-witness).
// Package witness has one over HTTP.
type Witness interface {
	// AddCheckpoint shows a witness a checkpoint, signed by the log, and the proof
	// that it goes on from the one of the old size, the last that this witness
	// cosigned. It returns signature lines. A [WitnessSizeError] says which size the
	// witness has.
	AddCheckpoint(ctx context.Context, oldSize uint64, proof []Hash, signed []byte) ([]byte, error)
}

// WitnessSizeError is a witness's answer to a proof that begins at another size than
// the last one that it cosigned.
type WitnessSizeError struct{ Size uint64 }

func (e *WitnessSizeError) Error() string {
	return fmt.Sprintf("audit: the witness cosigned size %d last", e.Size)
}

// NewLog returns an empty log of this origin, whose checkpoints these keys, made
// by NewLogKey, sign. It begins with a checkpoint of the empty tree.
func NewLog(origin string, skeys ...string) (*Log, error) {
	var vkeys []string
	for _, skey := range skeys {
		vkey, err := VerifierKey(skey)
		if err != nil {
			return nil, err
		}
		vkeys = append(vkeys, vkey)
	}
	policy, err := NewPolicy(origin, vkeys...)
	if err != nil {
		return nil, err
	}
	return NewWitnessedLog(policy, nil, skeys...)
}

// NewWitnessedLog returns an empty log that publishes only what meets the policy, with
// the cosignatures of these witnesses: while too few of them sign, what was published
// last stays, and Publish says why. The keys sign for the first log of the policy.
func NewWitnessedLog(policy *Policy, witnesses []Witness, skeys ...string) (*Log, error) {
	l := &Log{policy: policy, witnesses: witnesses, places: make(map[Hash]uint64)}
	for _, skey := range skeys {
		signer, err := note.NewSigner(skey)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrKey, err)
		}
		l.signers = append(l.signers, signer)
	}
	if _, err := l.Publish(context.Background()); err != nil {
		return nil, err
	}
	return l, nil
}

// taken is an entry in a Log.
type taken struct {
	log   *Log
	index uint64
}

func (t taken) Index() uint64 { return t.index }

// Durable reports false: a Log is in memory.
func (taken) Durable() bool { return false }

func (t taken) Receipt(ctx context.Context) (*Receipt, error) { return t.log.Receipt(ctx, t.index) }

// Append takes an entry. One that is there already keeps its place, so an entry
// may be sent again. A nil or zero entry is refused; every other Signed was
// verified.
func (l *Log) Append(ctx context.Context, s *Signed) (Pending, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s == nil || s.leaf == "" {
		return nil, fmt.Errorf("%w: none to append", ErrEntry)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i, ok := l.places[s.hash]; ok {
		return taken{l, i}, nil
	}
	index := uint64(len(l.leaves))
	if err := l.nodes.add(s.hash, index); err != nil {
		return nil, err
	}
	l.leaves = append(l.leaves, s.Bytes())
	l.places[s.hash] = index
	return taken{l, index}, nil
}

// Publish signs a checkpoint over all entries that were taken, has the witnesses
// cosign it, and returns it. Entries are taken meanwhile.
func (l *Log) Publish(ctx context.Context) (*Checkpoint, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.publishing.Lock()
	defer l.publishing.Unlock()
	last, head, err := l.nextHead()
	if err != nil || last != nil {
		return last, err
	}
	signed, err := note.Sign(&note.Note{Text: head.text()}, l.signers...)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrCheckpoint, err)
	}
	signed, refused := l.cosign(ctx, head.size, signed)
	checkpoint, err := ParseCheckpoint(signed, l.policy)
	if err != nil {
		return nil, errors.Join(err, refused)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.published = checkpoint
	return checkpoint, nil
}

// nextHead returns the head of all entries, or the checkpoint that has it already.
func (l *Log) nextHead() (*Checkpoint, treeHead, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := uint64(len(l.leaves))
	if l.published != nil && l.published.Size() == size {
		return l.published, treeHead{}, nil
	}
	root, err := l.nodes.root(size)
	return nil, treeHead{origin: l.policy.Origin(), size: size, root: root}, err
}

// cosign adds the lines of the witnesses to a checkpoint, and returns why others did
// not sign.
func (l *Log) cosign(ctx context.Context, size uint64, signed []byte) ([]byte, error) {
	var refused error
	out := bytes.Clone(signed)
	for _, w := range l.witnesses {
		lines, err := l.ask(ctx, w, l.Checkpoint().Size(), size, signed)
		var other *WitnessSizeError
		if errors.As(err, &other) && other.Size <= size {
			lines, err = l.ask(ctx, w, other.Size, size, signed)
		}
		if err != nil {
			refused = errors.Join(refused, err)
			continue
		}
		// A line that is no signature must not spoil those of the others.
		if _, err := ParseCheckpoint(append(bytes.Clone(signed), lines...), &Policy{logs: l.policy.logs, witnesses: l.policy.witnesses}); err != nil {
			refused = errors.Join(refused, err)
			continue
		}
		out = append(out, lines...)
	}
	return out, refused
}

func (l *Log) ask(ctx context.Context, w Witness, oldSize, size uint64, signed []byte) ([]byte, error) {
	proof, err := l.prove(oldSize, size)
	if err != nil {
		return nil, err
	}
	return w.AddCheckpoint(ctx, oldSize, proof, signed)
}

// Checkpoint returns the checkpoint published last.
func (l *Log) Checkpoint() *Checkpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.published
}

// Policy returns the policy that trusts this log.
func (l *Log) Policy() *Policy { return l.policy }

// Receipt returns the proof that the published log has the entry at index.
func (l *Log) Receipt(ctx context.Context, index uint64) (*Receipt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	size := l.published.Size()
	if index >= size {
		return nil, fmt.Errorf("%w: entry %d, and %d are published", ErrUnpublished, index, size)
	}
	path, err := tlog.ProveRecord(int64(size), int64(index), &l.nodes)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrProof, err)
	}
	p := Proof{Index: index, Hashes: fromTree(path), Checkpoint: l.published.Bytes()}
	text, err := p.Format()
	if err != nil {
		return nil, err
	}
	return VerifyReceipt(l.leaves[index], text, l.policy)
}

// Consistency returns the hashes of the proof that the log of size begins with
// the log of oldSize. Both sizes lie within what is published.
func (l *Log) Consistency(ctx context.Context, oldSize, size uint64) ([]Hash, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case oldSize > size:
		return nil, fmt.Errorf("%w: from size %d to %d", ErrProof, oldSize, size)
	case size > l.published.Size():
		return nil, fmt.Errorf("%w: size %d, and %d are published", ErrUnpublished, size, l.published.Size())
	}
	return l.nodes.consistency(oldSize, size)
}

// prove is Consistency for what is about to be published.
func (l *Log) prove(oldSize, size uint64) ([]Hash, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nodes.consistency(oldSize, size)
}

// ReadCheckpoint returns the checkpoint published last.
func (l *Log) ReadCheckpoint(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.Checkpoint().Bytes(), nil
}

// ReadTile returns a tile of what is published, and an error that wraps
// fs.ErrNotExist for any other.
func (l *Log) ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error) {
	return l.read(ctx, false, level, index, p)
}

// ReadEntryBundle returns leaves that are published, and an error that wraps
// fs.ErrNotExist for any others.
func (l *Log) ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error) {
	return l.read(ctx, true, 0, index, p)
}

func (l *Log) read(ctx context.Context, entries bool, level, index uint64, p uint8) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	tile, ok := newTileID(entries, level, index, p)
	if !ok || !tile.within(l.published.Size()) {
		return nil, fmt.Errorf("audit: no tile %d of level %d: %w", index, level, fs.ErrNotExist)
	}
	if tile.entries {
		from := tile.start()
		return appendBundle(nil, l.leaves[from:from+uint64(tile.width)]), nil
	}
	return tlog.ReadTileData(tile.tree(), &l.nodes)
}

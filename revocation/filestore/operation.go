package filestore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"time"

	"github.com/taperid/taper/revocation"
)

// The operations of a journal. A list is what compaction writes: one with its
// entries.
const (
	opList    = "list"
	opAdd     = "add"
	opReserve = "reserve"
	opSet     = "set"
	opPublish = "publish"
	opRetire  = "retire"
)

// operation is a line of the journal.
type operation struct {
	Op      string       `json:"op"`
	URL     string       `json:"url,omitempty"`
	Pool    string       `json:"pool,omitempty"`
	First   uint64       `json:"first,omitempty"`
	List    *record      `json:"list,omitempty"`
	Entries [][2]uint64  `json:"entries,omitempty"` // index, value
	Changes []change     `json:"changes,omitempty"`
	Old     *publication `json:"old,omitempty"`
	New     *publication `json:"new,omitempty"`

	reserved revocation.StoredList
}

// record is a StoredList.
type record struct {
	URL     string       `json:"url"`
	Pool    string       `json:"pool"`
	Number  int          `json:"number"`
	Purpose string       `json:"purpose"`
	Format  string       `json:"format"`
	Size    int          `json:"size"`
	Entries uint64       `json:"entries"`
	Room    uint64       `json:"room"`
	Block   uint64       `json:"block"`
	Final   bool         `json:"final"`
	Key     []byte       `json:"key"`
	Until   int64        `json:"until"`
	Next    uint64       `json:"next"`
	Version uint64       `json:"version"`
	Retired bool         `json:"retired"`
	Last    *publication `json:"published,omitempty"`
}

type change struct {
	List  string `json:"l"`
	Index uint64 `json:"i"`
	Value uint8  `json:"v"`
}

type publication struct {
	Version   uint64 `json:"version"`
	ValidFrom int64  `json:"validFrom"`
	Signed    []byte `json:"signed,omitempty"`
}

func recordOf(l *revocation.StoredList) *record {
	return &record{
		l.URL, l.Pool, l.Number, l.Purpose, string(l.Format), l.Size, l.Entries, l.Room, l.Block, l.Final,
		l.Key[:], seconds(l.Until), l.Next, l.Version, l.Retired, publicationOf(l.Published),
	}
}

func (r *record) list() (l revocation.StoredList, err error) {
	if len(r.Key) != len(l.Key) {
		return l, fmt.Errorf("a key of %d bytes", len(r.Key))
	}
	return revocation.StoredList{
		URL: r.URL, Pool: r.Pool, Number: r.Number, Purpose: r.Purpose, Format: revocation.Format(r.Format),
		Size: r.Size, Entries: r.Entries, Room: r.Room, Block: r.Block, Final: r.Final, Key: [16]byte(r.Key),
		Until: moment(r.Until), Next: r.Next, Version: r.Version, Retired: r.Retired, Published: r.Last.publication(),
	}, nil
}

func publicationOf(p revocation.Publication) *publication {
	if p.ValidFrom.IsZero() && p.Version == 0 && p.Signed == nil {
		return nil
	}
	return &publication{p.Version, seconds(p.ValidFrom), p.Signed}
}

func (p *publication) publication() revocation.Publication {
	if p == nil {
		return revocation.Publication{}
	}
	return revocation.Publication{Version: p.Version, ValidFrom: moment(p.ValidFrom), Signed: p.Signed}
}

// seconds writes a time; the zero time is 0.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func changesOf(changes []revocation.Change) []change {
	out := make([]change, len(changes))
	for i, c := range changes {
		out[i] = change(c)
	}
	return out
}

func entriesOf(entries []revocation.StoredEntry) [][2]uint64 {
	out := make([][2]uint64, len(entries))
	for i, e := range entries {
		out[i] = [2]uint64{e.Index, uint64(e.Value)}
	}
	slices.SortFunc(out, func(a, b [2]uint64) int { return int(int64(a[0]) - int64(b[0])) })
	return out
}

// apply makes the change on a state, if it may be.
func (o *operation) apply(s *revocation.MemoryStore) (err error) {
	ctx := context.Background()
	switch o.Op {
	case opAdd, opList:
		var l revocation.StoredList
		if l, err = o.list(); err != nil {
			return err
		}
		entries := make([]revocation.StoredEntry, len(o.Entries))
		for i, e := range o.Entries {
			if e[1] > math.MaxUint8 {
				return fmt.Errorf("a value of %d", e[1])
			}
			entries[i] = revocation.StoredEntry{Index: e[0], Value: uint8(e[1])}
		}
		return s.Restore(l, entries)
	case opReserve:
		o.reserved, o.First, err = s.Reserve(ctx, o.Pool)
		return err
	case opSet:
		changes := make([]revocation.Change, len(o.Changes))
		for i, c := range o.Changes {
			changes[i] = revocation.Change(c)
		}
		return s.Set(ctx, changes)
	case opPublish:
		return s.Publish(ctx, o.URL, o.Old.publication(), o.New.publication())
	case opRetire:
		return s.Retire(ctx, o.URL)
	}
	return fmt.Errorf("operation %.20q", o.Op)
}

func (o *operation) list() (revocation.StoredList, error) {
	if o.List == nil {
		return revocation.StoredList{}, fmt.Errorf("%s without a list", o.Op)
	}
	return o.List.list()
}

// replay applies an operation of the journal, which gave this outcome before.
func (o *operation) replay(s *revocation.MemoryStore) error {
	first := o.First
	if err := o.apply(s); err != nil {
		return err
	}
	if o.First != first {
		return fmt.Errorf("reserved from %d on, it was %d", o.First, first)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// line writes an operation: checksum, JSON, line end.
func (o *operation) line() ([]byte, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("filestore: %w", err)
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text), nil
}

// parseLine reads a line without its end, in the one form that line writes.
func parseLine(line []byte) (*operation, error) {
	const sum = 8
	o := new(operation)
	if len(line) < sum+1 {
		return nil, fmt.Errorf("a line of %d bytes", len(line))
	}
	if err := json.Unmarshal(line[sum+1:], o); err != nil {
		return nil, err
	}
	again, err := o.line()
	if err != nil || !bytes.Equal(again[:len(again)-1], line) {
		return nil, fmt.Errorf("a wrong checksum, or another form")
	}
	return o, nil
}

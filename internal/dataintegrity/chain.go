package dataintegrity

import (
	"bytes"
	"fmt"
)

// checkChain makes sure that every previousProof is there and that none leads
// back to itself (Data Integrity section 4.5).
func (d *Document) checkChain() error {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(d.Proofs))
	var visit func(i int) error
	visit = func(i int) error {
		switch state[i] {
		case done:
			return nil
		case open:
			return fmt.Errorf("%w: %.80q leads back to itself", ErrPrevious, d.Proofs[i].ID)
		}
		state[i] = open
		for _, id := range d.Proofs[i].Previous {
			j := d.find(id)
			if j < 0 {
				return fmt.Errorf("%w: no proof has the id %.80q", ErrPrevious, id)
			}
			if err := visit(j); err != nil {
				return err
			}
		}
		state[i] = done
		return nil
	}
	for i := range d.Proofs {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// find returns the index of the proof with an id, or -1.
func (d *Document) find(id string) int {
	for i := range d.Proofs {
		if d.Proofs[i].ID == id {
			return i
		}
	}
	return -1
}

// signed returns what p is over beside its own options: the document, and where p
// has previousProof those proofs in it, as an array in the order that p states.
// So who takes one of them away breaks p.
func (d *Document) signed(p *Proof) []byte {
	if len(p.Previous) == 0 {
		return d.Content
	}
	var previous [][]byte
	for _, id := range p.Previous {
		previous = append(previous, d.Proofs[d.find(id)].text)
	}
	return d.with(append(append([]byte{'['}, bytes.Join(previous, []byte{','})...), ']'))
}

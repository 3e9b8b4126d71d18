package revocation

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// permutation maps 0..n-1 onto itself, unpredictably to whoever lacks the key: a
// Feistel network over the next even power of two, walked until it lands inside.
// So the indices of a list come in no order that tells who got one when, none
// comes twice, and no table of used ones is kept. It is not safe for concurrent
// use.
type permutation struct {
	n     uint64
	half  int // bits of one half
	block cipher.Block
	buf   [aes.BlockSize]byte
}

const (
	permutationKey = 16
	rounds         = 10 // more than the 4 that suffice for large halves: ours are small
)

func newPermutation(n uint64, key [permutationKey]byte) *permutation {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // a key of 16 bytes
	}
	return &permutation{n, max(1, (bits.Len64(n-1)+1)/2), block, [aes.BlockSize]byte{}}
}

// at returns the image of i, which is below n.
func (p *permutation) at(i uint64) uint64 {
	for i = p.forward(i); i >= p.n; i = p.forward(i) {
	}
	return i
}

// inverse returns what i is the image of.
func (p *permutation) inverse(i uint64) uint64 {
	for i = p.backward(i); i >= p.n; i = p.backward(i) {
	}
	return i
}

func (p *permutation) forward(x uint64) uint64 {
	l, r := x>>p.half, x&p.mask()
	for round := range uint64(rounds) {
		l, r = r, l^p.mix(round, r)
	}
	return l<<p.half | r
}

func (p *permutation) backward(x uint64) uint64 {
	l, r := x>>p.half, x&p.mask()
	for round := uint64(rounds); round > 0; round-- {
		l, r = r^p.mix(round-1, l), l
	}
	return l<<p.half | r
}

func (p *permutation) mask() uint64 { return 1<<p.half - 1 }

// mix is the round function.
func (p *permutation) mix(round, half uint64) uint64 {
	b := &p.buf
	binary.BigEndian.PutUint64(b[:], round)
	binary.BigEndian.PutUint64(b[8:], half)
	p.block.Encrypt(b[:], b[:])
	return binary.BigEndian.Uint64(b[:]) & p.mask()
}

// moment is a number that the key gives to n, of which the images tell nothing.
func (p *permutation) moment(n uint64) uint64 {
	b := &p.buf
	binary.BigEndian.PutUint64(b[:], rounds) // no round has it
	binary.BigEndian.PutUint64(b[8:], n)
	p.block.Encrypt(b[:], b[:])
	return binary.BigEndian.Uint64(b[:])
}

// A Go program that uses the runtime and the standard library the way applications do: goroutines, channels, select, timers, defer and
// recover, garbage collection, maps, generics, formatting, JSON, regular expressions, hashes, compression, templates, files.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"text/template"
	"time"
)

type Item struct {
	Name  string             `json:"name"`
	Sizes []int              `json:"sizes,omitempty"`
	Tags  map[string]float64 `json:"tags"`
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func primes(limit int) int {
	numbers := make(chan int)
	go func(out chan<- int) {
		for i := 2; ; i++ {
			out <- i
		}
	}(numbers)
	last := 0
	for i := 0; i < limit; i++ {
		prime := <-numbers
		last = prime
		next := make(chan int)
		go func(in <-chan int, out chan<- int) {
			for n := range in {
				if n%prime != 0 {
					out <- n
				}
			}
		}(numbers, next)
		numbers = next
	}
	return last
}

func concurrency() {
	fmt.Println("prime", primes(120))
	var wait sync.WaitGroup
	var lock sync.Mutex
	total := 0
	for i := 1; i <= 50; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			lock.Lock()
			defer lock.Unlock()
			total += i
		}()
	}
	wait.Wait()
	ticks := 0
	ticker := time.NewTicker(2 * time.Millisecond)
	late := time.After(15 * time.Millisecond)
loop:
	for {
		select {
		case <-ticker.C:
			ticks++
		case <-late:
			break loop
		}
	}
	fmt.Println("total", total, "ticked", ticks > 0)
}

func recovered(index int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	values := []int{1, 2, 3}
	return fmt.Errorf("value %d: %w", values[index], fs.ErrInvalid)
}

func sum[T int | float64](values ...T) (total T) {
	for _, value := range values {
		total += value
	}
	return
}

func garbage() {
	var kept [][]byte
	for i := 0; i < 3000; i++ {
		block := make([]byte, 4096)
		block[i%4096] = byte(i)
		if i%100 == 0 {
			kept = append(kept, block)
		}
	}
	runtime.GC()
	left := 0
	for i, block := range kept {
		if block[i*100%4096] == byte(i*100) {
			left++
		}
	}
	fmt.Println("kept", left)
}

func texts() {
	var item Item
	check(json.Unmarshal([]byte(`{"name":"a\u00e9","sizes":[3,1,2],"tags":{"y":2.5e3,"x":0.1}}`), &item))
	sort.Ints(item.Sizes)
	out, err := json.MarshalIndent(item, "", " ")
	check(err)
	fmt.Println(string(out))
	fmt.Printf("%+v %#v %T %q %x %8.3f|%-6d|%t\n", item, item.Sizes, item, "tab\t", "hex", 3.14159, 42, true)
	pattern := regexp.MustCompile(`(\w+)@(\w+)\.(com|org)`)
	fmt.Println(pattern.ReplaceAllString("mail a@b.com and c@d.org or e@f.net", "<$2:$1>"))
	check(template.Must(template.New("t").Parse("{{range $i, $s := .Sizes}}{{if $i}}, {{end}}{{$s}}{{end}} {{.Name | printf \"%q\"}}\n")).Execute(os.Stdout, item))
	fmt.Println(new(big.Int).Exp(big.NewInt(3), big.NewInt(300), nil))
	fmt.Println(recovered(1), recovered(7), errors.Is(recovered(0), fs.ErrInvalid), sum(1, 2, 3), sum(0.5, 0.25))
}

func input() {
	counts := map[string]int{}
	scanner := bufio.NewScanner(os.Stdin)
	hash := sha256.New()
	for scanner.Scan() {
		io.WriteString(hash, scanner.Text())
		for _, word := range strings.Fields(scanner.Text()) {
			counts[word]++
		}
	}
	words := make([]string, 0, len(counts))
	for word := range counts {
		words = append(words, word)
	}
	sort.Slice(words, func(i, j int) bool {
		return counts[words[i]] > counts[words[j]] || counts[words[i]] == counts[words[j]] && words[i] < words[j]
	})
	for _, word := range words[:min(5, len(words))] {
		fmt.Printf("%6d %s\n", counts[word], word)
	}
	fmt.Printf("%x\n", hash.Sum(nil))
}

func files() {
	check(os.MkdirAll("made/deep", 0o755))
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	for i := 0; i < 5000; i++ {
		fmt.Fprintln(writer, i, i*i)
	}
	check(writer.Close())
	check(os.WriteFile("made/deep/numbers.gz", packed.Bytes(), 0o644))
	file, err := os.Open("made/deep/numbers.gz")
	check(err)
	reader, err := gzip.NewReader(file)
	check(err)
	data, err := io.ReadAll(reader)
	check(err)
	check(file.Close())
	fmt.Println(len(data), packed.Len())
	check(os.Rename("made/deep/numbers.gz", "made/moved.gz"))
	check(os.Truncate("made/moved.gz", 100))
	check(filepath.WalkDir("made", func(path string, entry fs.DirEntry, err error) error {
		info, _ := entry.Info()
		if entry.IsDir() {
			fmt.Println(path, "/")
		} else {
			fmt.Println(path, info.Size())
		}
		return err
	}))
	check(os.Remove("made/deep"))
	_, err = os.Stat("missing")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	_, err = os.OpenFile("made/moved.gz", os.O_CREATE|os.O_EXCL, 0o600)
	fmt.Println(errors.Is(err, fs.ErrExist))
}

func main() {
	fmt.Println(os.Args[1:])
	concurrency()
	garbage()
	texts()
	input()
	files()
	if len(os.Args) > 2 {
		os.Exit(7)
	}
}

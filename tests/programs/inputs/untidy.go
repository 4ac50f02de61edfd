package   main
import ("os";"fmt"
 "strings")
type  T struct{ a int // first
 bcd   string   `json:"x"`
 e map[string][]int}
// main does it
func main(){
for i:=0;i<len(os.Args);i=i+1{ if i%2==0{fmt.Println( os.Args[i],i )}else{ continue }}
x:=[]T{T{a:1,bcd:"2"},T{a : 2}}
var m=map[string][]int{"a":[]int{1,2,3},"bb":[]int{4 ,5}}
switch y:=x[0 : len(x)];{
case len(y)>1&&strings.Contains("a","b")||m!=nil: fmt.Printf("%v\n",y [0] )
default:
	func( ){ defer func(){recover( )}( ); panic ("x") }( )}
/* a comment
   of two lines */
for range x[0:len(x)] {}
}

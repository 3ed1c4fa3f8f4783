/* Coefficients of the elementary functions: `sollya coefficients.sol > coefficients.txt`, Sollya 8.
   A row is a name, the degree, the relative error, and the coefficients from the first free one on, in dyadic:
   m b e stands for m times 2^e. The ranges are a little wider than what the reductions give. */
verbosity = 0!; prec = 200!;
procedure row(tag, q, g, over, first, deg) {
  var i;
  write(tag, " ", deg, " ");
  display = decimal!; write(round(dirtyinfnorm(q/g - 1, over), 20, RU)); display = dyadic!;
  for i from first to deg do write(" ", coeff(q, i));
  print("");
};
display = dyadic!;

/* 2^x for a rounded multiple x of log2(e), reduced to a half on either side; the constant is 1 */
half = [-0.501; 0.501];
for n from 7 to 9 do { p = fpminimax(2^x, [|1,...,n|], [|D...|], half, relative, 1); row("exp2", p, 2^x, half, 1, n); };
for n from 4 to 6 do { p = fpminimax(2^x, [|1,...,n|], [|SG...|], half, relative, 1); row("exp2_f32", p, 2^x, half, 1, n); };

/* e^x, reduced to half of ln 2 on either side; it begins with 1 + x */
part = [-0.347; 0.347];
for n from 10 to 11 do { p = fpminimax(exp(x), [|2,...,n|], [|D...|], part, relative, 1 + x); row("exp", p, exp(x), part, 2, n); };
for n from 4 to 6 do { p = fpminimax(exp(x), [|2,...,n|], [|SG...|], part, relative, 1 + x); row("exp_f32", p, exp(x), part, 2, n); };

/* 2 atanh(u/2)/u in u^2, for u up to 2/3; the constant is 1 */
square = [1b-60; 4/9 + 1b-10];
f = 2*atanh(sqrt(x)/2)/sqrt(x);
for n from 5 to 10 do { p = fpminimax(f, [|1,...,n|], [|D...|], square, relative, 1); row("two_atanh", p, f, square, 1, n); };
for n from 2 to 5 do { p = fpminimax(f, [|1,...,n|], [|SG...|], square, relative, 1); row("two_atanh_f32", p, f, square, 1, n); };
quit;

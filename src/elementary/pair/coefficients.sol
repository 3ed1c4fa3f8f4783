/* Coefficients of the functions on pairs: `sollya coefficients.sol > coefficients.txt`, Sollya 8.
   A row is a name, the error, and numbers in dyadic: m b e stands for m times 2^e. Numbers of a pair follow one another.
   The ranges are a little wider than what the reductions give. */
verbosity = 0!; prec = 300!;
display = dyadic!;
procedure part(v, bits) { return round(v, bits, RN); };
procedure pair(v) {
  var hi;
  hi = round(v, D, RN);
  write(" ", hi, " ", round(v - hi, D, RN));
};
procedure fit(tag, q, g, over, first, split, deg) {
  var i;
  write(tag, " ");
  display = decimal!; write(round(dirtyinfnorm(q/g - 1, over), 20, RU)); display = dyadic!;
  for i from first to split do pair(coeff(q, i));
  for i from split + 1 to deg do write(" ", coeff(q, i));
  print("");
};

/* e^x, reduced to a sixteenth of ln 2 on either side; it begins with 1 + x, pairs up to x^7 */
near = [-0.0434; 0.0434];
p = fpminimax(exp(x), [|2,...,13|], [|DD,DD,DD,DD,DD,DD,D...|], near, relative, 1 + x);
fit("exp", p, exp(x), near, 2, 7, 13);

/* 2^(j/8) for j = -4, ..., 4 */
write("eighths 0");
for j from -4 to 4 do pair(2^(j/8));
print("");

/* ln 2 over 8 in three parts, the first two of 38 bits, so that multiples of them are exact */
c = log(2)/8;
c1 = part(c, 38); c2 = part(c - c1, 38); c3 = round(c - c1 - c2, D, RN);
print("eighth_of_ln2 0", c1, c2, c3);
write("ln2 0"); pair(log(2)); print("");
print("log2e 0", round(1/log(2), D, RN));

/* 2 atanh(u/2)/u in u^2, for u up to 0.0705; the constant is 1, pairs up to u^8 */
square = [1b-80; 0.0705^2];
f = 2*atanh(sqrt(x)/2)/sqrt(x);
p = fpminimax(f, [|1,...,8|], [|DD,DD,DD,DD,D...|], square, relative, 1);
fit("two_atanh", p, f, square, 1, 4, 8);

/* where the mantissas between sqrt(1/2) and sqrt(2) are cut in five, a factor of 8 bits for each part, and minus its log */
write("cuts 0");
for j from 0 to 3 do write(" ", round(2^((2*j - 3)/10), 12, RN));
print("");
write("factors 0");
for j from 0 to 4 do write(" ", round(2^((2 - j)/5), 8, RN));
print("");
write("logs 0");
for j from 0 to 4 do pair(-log(round(2^((2 - j)/5), 8, RN)));
print("");
quit;

#!/usr/bin/env bash
# kapitza junction against the reference table of two independent solvers and exact limits.
. "$(dirname "$0")/lib.sh"

run junction --resistance 0,10,100
exits 0 'the default junction'
is 'columns' "$(columns "$work/out")" 'R T_minus T_plus beta_minus beta_plus energy_current energy_left energy_right err'
near 'T_minus at R = 0' "$(value "$work/out" 1 T_minus)" 1.3210793133 1e-9
near 'T_plus at R = 0' "$(value "$work/out" 1 T_plus)" 1.3210793133 1e-9
near 'current at R = 0' "$(value "$work/out" 1 energy_current)" 0.0991036604 1e-9
near 'T_minus at R = 10' "$(value "$work/out" 2 T_minus)" 2.0426062322 1e-9
near 'T_plus at R = 10' "$(value "$work/out" 2 T_plus)" 1.1184989958 1e-9
near 'current at R = 10' "$(value "$work/out" 2 energy_current)" 0.0924107236 1e-9
near 'T_minus at R = 100' "$(value "$work/out" 3 T_minus)" 9.1527679679 1e-8
near 'T_plus at R = 100' "$(value "$work/out" 3 T_plus)" 0.9053815971 1e-9
near 'current at R = 100' "$(value "$work/out" 3 energy_current)" 0.0824738637 1e-9
near 'beta_plus is 1/T_plus' "$(value "$work/out" 2 beta_plus)" 1/1.1184989958 1e-9
near 'Ohm' "$(value "$work/out" 2 energy_current)" \
    "($(value "$work/out" 2 T_minus) - $(value "$work/out" 2 T_plus))/10" 1e-9

run junction --resistance 10 --rays -9,-0.3,0,0.3,9
exits 0 'with rays'
is 'columns with rays' "$(columns "$work/out")" 'R zeta energy energy_current err side'
is 'zeta = 0 stands twice, left first' "$(grep -v '^#' "$work/out" | cut -f 2,6 | tr '\t\n' ',;')" \
    '-9,left;-0.3,left;0,left;0,right;0.3,right;9,right;'
near 'current on the left' "$(value "$work/out" 3 energy_current)" 0.0924107236 1e-9
near 'current on the right' "$(value "$work/out" 4 energy_current)" 0.0924107236 1e-9
near 'left reservoir' "$(value "$work/out" 1 energy)" 1/pi 1e-9
near 'right reservoir' "$(value "$work/out" 6 energy)" -0.401855774335913 1e-9

run junction --right xx --resistance 0,5
near 'XX | XX: 1/(4 pi) for every R' "$(value "$work/out" 2 energy_current)" '1/(4*pi)' 1e-10
is 'infinite temperature prints inf' "$(value "$work/out" 2 T_minus)" inf
near 'beta = 0' "$(value "$work/out" 2 beta_plus)" 0 1e-9

run junction --resistance 10 --law beta
near 'law of beta' "$(value "$work/out" 1 energy_current)" \
    "($(value "$work/out" 1 beta_plus) - $(value "$work/out" 1 beta_minus))/10" 1e-9
printf '# kappa = kappa0\n0.1, 1\n100\t1 # end\n' >"$work/law.txt"
run junction --resistance 10 --law "$work/law.txt"
near 'a constant table is the law of Fourier' "$(value "$work/out" 1 T_minus)" 2.0426062322 1e-8
printf '\xef\xbb\xbfT [J]\tkappa\terror\r\n1.0D+02\t1\t0.1\r\n3\t\t\r\n0.1\t1\t0.1\r\n' >"$work/law.txt"
run junction --resistance 10 --law "$work/law.txt"
near 'a mark, a header, a third column, any order, a missing value' "$(value "$work/out" 1 T_minus)" 2.0426062322 1e-8
printf '1.2 1\n1.4 1\n' >"$work/law.txt"
run junction --resistance 0.01,100 --law "$work/law.txt"
exits 3 'a table too short for one R'
is 'the other row stands' "$(value "$work/out" 2 T_minus) $(value "$work/out" 2 err)" 'nan inf'
near 'the first row is there' "$(value "$work/out" 1 energy_current)" 0.0991 1e-4
is 'one line says why' "$(wc -l <"$work/err")" 1

# 2026-11-22: "no root" for reservoirs at negative temperature against the ceiling, by rounding.
run junction --resistance 0,1e-12,0.1,1 --left-state beta=-2 --right-state ceiling
exits 0 'beta = -2 against the ceiling'
# J_L from a quadrature over the XX half, J_R from rays, the root by a bracket of its own
near 'beta_minus' "$(value "$work/out" 4 beta_minus)" -2.991380853760655 1e-9
near 'beta_plus' "$(value "$work/out" 4 beta_plus)" -3.1080102122795 1e-9
near 'and the current' "$(value "$work/out" 4 energy_current)" -0.0125445111012 1e-11
near 'a small R continues R = 0' "$(value "$work/out" 2 T_minus)" "$(value "$work/out" 1 T_minus)" 1e-10
# 2026-11-22: two ceilings are in equilibrium, as two ground states are.
run junction --right P=6 --resistance 0,1,inf --left-state ceiling --right-state ceiling
exits 0 'the ceiling on both sides'
is 'is an equilibrium at T = -0' "$(grep -v '^#' "$work/out" | cut -f 2-6 | tr '\t\n' ',;')" \
    '0,0,-inf,-inf,0;0,0,-inf,-inf,0;0,0,-inf,-inf,0;'
near 'left ceiling' "$(value "$work/out" 2 energy_left)" 1/pi 1e-12
# 2026-11-22: err of rays left out the error of the edge's temperature.
run junction --resistance 0 --rays 0
finer=$(value "$work/out" 1 energy)
run junction --resistance 0 --rays 0 --tol 1e-4
near 'a ray at tol 1e-4 is as good as its err' "$(value "$work/out" 1 energy)" "$finer" \
    "$(value "$work/out" 1 err)"
ok_err=$(awk -v err="$(value "$work/out" 1 err)" 'BEGIN { print (err > 1e-10 && err < 1e-4) }')
is 'which tells of the temperature' "$ok_err" 1
# 2026-11-22: a cold equilibrium, and cold edges, missed the default tolerance.
run junction --resistance 0,1 --left-state beta=-50 --right-state beta=-50
exits 0 'a cold equilibrium'
run junction --law beta --resistance 1e5
exits 0 'cold edges'

# 2026-11-26: a row that missed the tolerance lost its numbers.
run junction --left P=4 --right xx --law beta --resistance 1e8,1 --tol 1e-13
exits 3 'cold edges miss the smallest tolerance'
near 'but keep their numbers' "$(value "$work/out" 1 beta_plus)" '(pi*1e8/24)^(1/3)' 1e-2
is 'with the err reached' \
    "$(awk -v err="$(value "$work/out" 1 err)" 'BEGIN { print (err > 1e-13 && err < 1e-10) }')" 1
is 'one line on stderr' "$(wc -l <"$work/err")" 1
run junction --right xx --law beta --resistance 1e9 --rays -0.3,0
exits 0 'cold edges of free fermions do not'
near 'the current of the law' "$(value "$work/out" 2 energy_current)" 'pi/12/(pi*1e9/24)^(2/3)' 1e-9
# 2026-11-26: R = 1e300 failed, and so did weak currents between thermal reservoirs.
run junction --resistance 1e300
exits 0 'R = 1e300'
near 'T_minus = R/4 pi' "$(value "$work/out" 1 T_minus)" '1e300/(4*pi)' 1e288
run junction --left-state beta=0.5 --right-state beta=2 --resistance 1e12
exits 0 'a weak current'
near 'J = (T_L - T_R)/R' "$(value "$work/out" 1 energy_current)" 1.5e-12 1e-21
# 2026-11-26: large temperatures were printed as inf.
run junction --right xx --left-state beta=-1 --right-state beta=1.000001 --resistance 0 --tol 1e-3
is 'a large temperature is a number' \
    "$(awk -v T="$(value "$work/out" 1 T_minus)" 'BEGIN { print (T > 2e6 && T < 4e6) }')" 1

# Two charges, against the tables of two other programs and the closed form of free halves.
run junction --left-state up --right-state down --law beta --resistance 10,inf --spin-resistance 10
exits 0 'energy and spin'
is 'columns of two charges' "$(columns "$work/out")" \
    'R T_minus T_plus beta_minus beta_plus energy_current energy_left energy_right err spin_resistance mu_minus mu_plus spin_current magnetization_left magnetization_right entropy_production'
near 'beta_minus' "$(value "$work/out" 1 beta_minus)" -0.9573393094 1e-9
near 'mu_minus' "$(value "$work/out" 1 mu_minus)" 0.8945015170 1e-9
near 'mu_plus' "$(value "$work/out" 1 mu_plus)" -0.0685251962 1e-9
near 'spin current' "$(value "$work/out" 1 spin_current)" 0.0963026713 1e-9
near 'entropy production' "$(value "$work/out" 1 entropy_production)" \
    '10*(0.0204668102^2 + 0.0963026713^2)' 1e-9
is 'no energy at R = inf, T = inf on the free half' \
    "$(value "$work/out" 2 energy_current) $(value "$work/out" 2 T_minus)" '0 inf'
near 'beta_plus at R = inf' "$(value "$work/out" 2 beta_plus)" -3.4036624050 1e-9
run junction --left-state up --right-state down --law beta --resistance 10 --spin-resistance 10 \
    --cross 0.5
near 'with a cross resistance' "$(value "$work/out" 1 beta_minus)" -1.1831478039 1e-9
run junction --right xx --left-state up --right-state down --resistance 0,7 \
    --spin-resistance '0,2*pi*(1+2.718281828459045)'
exits 0 'the domain wall between free halves'
is 'every pair, R outermost' "$(grep -v '^#' "$work/out" | cut -f 1 | tr '\n' ' ')" '0 0 7 7 '
near 'half of the ballistic current at perfect contact' "$(value "$work/out" 3 spin_current)" \
    '1/(2*pi)' 1e-10
near 'mu = 1' "$(value "$work/out" 4 mu_minus)" 1 1e-9
is 'infinite temperature' "$(value "$work/out" 4 T_plus)" inf
run junction --left-state up --right-state down --law beta --resistance 10 --spin-resistance 10 \
    --rays 0,0.4
is 'columns of their rays' "$(columns "$work/out")" \
    'R spin_resistance zeta energy energy_current magnetization spin_current err side'
near 'magnetization at 0-' "$(value "$work/out" 1 magnetization)" 0.3457878512 1e-9
near 'magnetization at 0+' "$(value "$work/out" 2 magnetization)" -0.2725045408 1e-9
near 'energy at 0.4' "$(value "$work/out" 3 energy)" 0.1525640590 1e-9
near 'spin current at 0.4' "$(value "$work/out" 3 spin_current)" 0.0736757752 1e-9
run junction --resistance 10 --spin-resistance inf
near 'unmagnetized reservoirs: as for energy alone' "$(value "$work/out" 1 T_minus)" 2.0426062322 1e-9
is 'and no spin' "$(value "$work/out" 1 mu_minus) $(value "$work/out" 1 spin_current)" '0 0'

refused 2 '--left-state:.*--spin-resistance' junction --resistance 1 --left-state up
refused 2 '--right-state:.*--spin-resistance' junction --resistance 1 --right-state beta=1,mu=2
refused 2 '--spin-resistance: -1 is negative.*>= 0' junction --resistance 1 --spin-resistance -1
refused 2 '--cross: 2 .*-1 ... 1' junction --resistance 1 --spin-resistance 1 --law beta --cross 2
refused 2 '--cross: one number' junction --resistance 1 --spin-resistance 1 --law beta --cross 0,1
refused 2 '--cross: .*--law beta' junction --resistance 1 --spin-resistance 1 --cross 0.2
refused 2 '--cross: .*--spin-resistance' junction --resistance 1 --law beta --cross 0.2
printf '1 1\n2 1\n' >"$work/law.txt"
refused 2 '--law: .*energy alone' junction --resistance 1 --spin-resistance 1 --law "$work/law.txt"
refused 2 'same pure state' junction --resistance 1 --spin-resistance 1 --left-state up \
    --right-state up
refused 2 'spin resistance inf.*left reservoir' junction --resistance 1 --spin-resistance inf \
    --left-state up --right-state down

# with a gap: the law, and -Delta with all temperatures turned
run junction --right Delta=1.5 --resistance 10
exits 0 'XX | Delta = 1.5'
J=$(value "$work/out" 1 energy_current)
near 'Ohm' "$J" "($(value "$work/out" 1 T_minus) - $(value "$work/out" 1 T_plus))/10" 1e-10
T=$(value "$work/out" 1 T_plus)
run junction --right Delta=-1.5 --left-state ground --right-state ceiling --resistance 10
near 'Delta = -1.5: current' "$(value "$work/out" 1 energy_current)" "-($J)" 1e-10
near 'and temperature' "$(value "$work/out" 1 T_plus)" "-($T)" 1e-10

finish
